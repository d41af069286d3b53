"""An adapter written against the old names of the protocol still runs, and its author is warned."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import tests
from conformance.engine.process_start import prepare_process
from conformance.engine.session import Session
from conformance.model.options import RunOptions
from conformance.model.subject import Call, CalleeResponse, RenamedWarning, SubjectInfo
from conformance.subjects.registry import Found

pytestmark = pytest.mark.compiler("tcc")


def test_an_adapter_in_the_old_style_still_runs() -> None:
    folder = Path(tests.__file__).resolve().parents[1]
    found = Found("old", "tests.called.old_names:Old", folders=(folder,))
    options = RunOptions(subject="old", seed=0, max_examples=2)
    with pytest.warns(RenamedWarning) as warned:
        transport = prepare_process(found, options)
    session = Session(options, transport, 0)
    try:
        assert transport.facts.notes["old names"].startswith("About is called SubjectInfo now; use that name; Handed")
        assert transport.subject.about.mutable_parts == ("type-codes", "count")
        for check in ("X0-MATCH", "X0-COUNT", "X0-RETURN"):
            outcome = session.explore(check, transport.pairs)
            assert (outcome.status, outcome.findings) == ("pass", ())
            assert outcome.judged > 0
    finally:
        session.close()
    assert [str(one.message) for one in warned] == [
        f"the subject tests.called.old_names:Old: {words}"
        for words in (
            "About is called SubjectInfo now; use that name",
            "Handed is called CalleeResponse now; use that name",
            "SubjectInfo.wire is called SubjectInfo.mutable_parts now; use that name",
        )
    ]


def test_every_old_name_is_the_new_one_and_warns() -> None:
    subject = importlib.import_module("conformance.model.subject")
    with pytest.warns(DeprecationWarning, match="About is called SubjectInfo now"):
        about = subject.About
    assert issubclass(about, SubjectInfo)
    with pytest.warns(DeprecationWarning, match=r"SubjectInfo\.wire is called SubjectInfo\.mutable_parts now"):
        assert about("a", "1", "rules", ("b", "c"), wire=("ret",)).wire == ("ret",)
    with pytest.warns(DeprecationWarning, match="Handed is called CalleeResponse now"):
        assert subject.Handed is CalleeResponse
    with pytest.warns(DeprecationWarning, match=r"Call\.told is called Call\.claimed_count now"):
        assert Call((), claimed_count=3).told == 3
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = subject.Nothing
