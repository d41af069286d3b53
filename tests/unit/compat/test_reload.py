from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.compat.document import document
from conformance.compat.page import render
from conformance.compat.reload import DocumentError, account
from tests.unit.site import made

HERE = Path("compat.json")


@pytest.fixture
def written() -> Any:
    return json.loads(json.dumps(document(made.account(folder="cells"))))


def test_what_is_read_back_has_the_page_of_what_was_written(written: Any) -> None:
    assert render(account(written, HERE)) == render(made.account(folder="cells"))


def test_a_document_of_before_it_had_a_language_is_read(written: Any) -> None:
    del written["language"]
    assert account(written, HERE).compilers[0].id == "tcc"


@pytest.mark.parametrize(
    ("way", "value", "said"),
    [
        (("newest",), 1, "newest must be"),
        (("seconds",), None, "seconds must be"),
        (("started",), "yesterday", "started is 'yesterday', which is no time"),
        (("on_runtimes",), [], "the cells of on_runtimes are not those of its releases"),
        (("on_runtimes", 0, 0, "runtime"), "9", "the cells of on_runtimes are not those of its releases"),
        (("between_sides", 1), [], "the cells of between_sides are not those of its releases"),
        (("on_runtimes", 0, 0, "status"), "fine", "it is one of works, "),
    ],
)
def test_what_is_wrong_with_a_document_is_one_sentence(
    written: Any, way: tuple[Any, ...], value: Any, said: str
) -> None:
    *most, last = way
    place = written
    for step in most:
        place = place[step]
    place[last] = value
    with pytest.raises(DocumentError, match=said) as caught:
        account(written, HERE)
    assert str(caught.value).startswith("compat.json: ")
    assert str(caught.value).endswith("; name what 'compat NAME --json PATH' wrote")
