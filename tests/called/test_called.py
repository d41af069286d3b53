"""Subjects that are called: an honest one conforms, each defect is found and shrunk, no misdeed breaks a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import tests
from conformance.checks import CALLED
from conformance.engine.process_start import prepare_process
from conformance.engine.session import Session
from conformance.model.case import Case, Mismatch, Mutations
from conformance.model.options import RunOptions
from conformance.model.outcome import Outcome
from conformance.model.signature import Param, Signature
from conformance.model.value import Value
from conformance.subjects.registry import Found
from tests.called import broken
from tests.called.honest import Honest

pytestmark = pytest.mark.compiler("tcc")


@contextmanager
def session(subject: type[Honest], seed: int = 0, examples: int = 4) -> Iterator[Session]:
    folder = Path(tests.__file__).resolve().parents[1]
    found = Found(subject.__name__, f"{subject.__module__}:{subject.__name__}", folders=(folder,))
    options = RunOptions(subject=subject.__name__, seed=seed, max_examples=examples)
    made = Session(options, prepare_process(found, options), seed)
    try:
        yield made
    finally:
        made.close()


def explored(made: Session, check: str) -> Outcome:
    return made.explore(check, made.transport.pairs)


SEEDS = range(int(os.environ.get("ABI_TEST_SEEDS", "1")))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_honest_one_conforms(seed: int) -> None:
    with session(Honest, seed) as made:
        for check in CALLED:
            outcome = explored(made, check)
            assert outcome.findings == ()
            assert outcome.status == "pass"
            assert outcome.generated == outcome.executed == outcome.judged > 0


def test_a_case_of_another_subject_is_refused_in_a_sentence() -> None:
    nothing = Signature((), "none")
    own = Signature((Param("i32"),), "none")
    strange = Signature((Param("strange"),), "none")
    plain = Case("X0-MATCH", "packed", "wire", "honest", own, own, Mismatch("match"), (Value("i32", 1),))
    handed = Case("X0-RETURN", "packed", "honest", "wire", nothing, nothing, Mismatch("ret-error"), (),
                  wire=Mutations(handed=(-1, "ValueError", "no")))  # fmt: skip
    with session(Honest) as made:
        assert made.transport.misfit(plain) == ""
        unknown = replace(plain, passed=strange, payload=(Value("strange", data=b"x"),))
        assert made.transport.misfit(unknown) == "the subject's rules have no kind 'strange'"
        assert made.transport.misfit(replace(plain, history=(unknown,))) == "the subject's rules have no kind 'strange'"
        assert made.transport.misfit(handed) == ""
        returned = replace(plain, wire=Mutations(codes=((-1, 256),)))
        assert made.transport.misfit(returned).startswith("it lays a return under another code")


@pytest.mark.parametrize("defect", broken.DEFECTS, ids=lambda defect: defect.__name__)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_defect_is_found_and_shrunk(defect: type[Honest], seed: int) -> None:
    check, verdict = broken.DEFECTS[defect]
    with session(defect, seed) as made:
        outcome = explored(made, check)
        found = [one for one in outcome.findings if one.verdict == verdict]
        assert outcome.status == "fail"
        assert found, [one.message for one in outcome.findings]
        smallest = min(found, key=lambda one: len(Case.from_json(one.case).declared))
        case = Case.from_json(smallest.case)
        assert max(len(case.declared), len(case.passed)) <= (2 if check in ("X0-ORDER", "X0-NESTED") else 1)
        again = made.judge(case)
        assert again is not None
        assert again.verdict == verdict


def test_state_is_part_of_a_finding() -> None:
    with session(broken.ForgetsAfterRejection) as made:
        (finding, *_) = explored(made, "X0-REPEAT").findings
        case = Case.from_json(finding.case)
        assert len(case.history) == 3
        assert "depends on the 3 calls before it: alone it conforms" in finding.detail


@pytest.mark.parametrize("misdeed", broken.MISDEEDS, ids=lambda misdeed: misdeed.__name__)
def test_no_misdeed_breaks_a_run(misdeed: type[Honest]) -> None:
    verdict = broken.MISDEEDS[misdeed]
    with session(misdeed, examples=1) as made:
        outcome = explored(made, "X0-MATCH")
        assert outcome.generated == outcome.judged + outcome.not_run
        assert {one.verdict for one in outcome.findings} == ({verdict} if verdict else set())
        others = {name: number for name, number in outcome.by_verdict.items() if name != verdict}
        assert set(others) == {"intact"}
        assert explored(made, "X0-TYPE").status == "pass"


def test_what_call_raises_is_a_verdict() -> None:
    with session(broken.RaisesInCall) as made:
        (finding,) = explored(made, "X0-MATCH").findings
        assert finding.verdict == "crashed"
        assert finding.observed == "raised RuntimeError: the adapter itself is wrong"


def test_what_cannot_be_declared_is_inconclusive() -> None:
    with session(broken.CannotDeclare) as made:
        outcome = explored(made, "X0-MATCH")
        assert outcome.status == "not-run"
        assert outcome.inconclusive == outcome.generated > 0
        assert "no more callees today" in outcome.why


def test_a_batch_that_kills_its_process_is_inconclusive() -> None:
    with session(broken.DiesInDeclare) as made:
        outcome = explored(made, "X0-MATCH")
        assert outcome.status == "pass"
        assert outcome.inconclusive > 0
        assert outcome.judged > 0
        assert "SIGABRT" in outcome.why


def test_the_same_seed_gives_the_same() -> None:
    def run() -> Outcome:
        with session(broken.TakesAnything) as made:
            return explored(made, "X0-TYPE")

    one, other = run(), run()
    assert one.findings == other.findings
    assert one.groups == other.groups
    assert one.by_verdict == other.by_verdict


def test_the_unpacked_column_is_over_the_same_mistakes() -> None:
    with session(Honest) as made:
        outcome = explored(made, "X0-TYPE")
        assert outcome.by_bundle
        for counts in outcome.by_bundle.values():
            packed, unpacked = counts["packed"]["type"], counts["unpacked"]["type"]
            assert sum(packed.values()) == sum(unpacked.values()) > 0
            assert set(packed) == {"detected"}
            assert "detected" not in unpacked
