"""What a CI reads of a green, a red, a waived and an interrupted run, held against the schemas of the readers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import xmlschema

from tests.e2e.ci import Repository, ran

pytestmark = pytest.mark.compiler("tcc")

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
CODES = {"green": 0, "red": 1, "waived": 0, "interrupted": 2}

After = Callable[[str], Repository]


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> After:
    """The repository after a run of a kind, which is made once."""

    @cache
    def run(kind: str) -> Repository:
        return ran(kind, tmp_path_factory.mktemp(kind), shared_cache)

    return run


@pytest.mark.parametrize("kind", CODES)
def test_the_exit_code_is_that_of_the_run(after: After, kind: str) -> None:
    assert after(kind).code == CODES[kind], after(kind).said


def became(text: str) -> dict[tuple[str, str], str]:
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(text)
    cases = ET.fromstring(text).findall("testsuite/testcase")
    return {(case.get("classname", ""), case.get("name", "")): "".join(each.tag for each in case) for case in cases}


@pytest.mark.parametrize(
    ("kind", "cases"),
    [
        ("green", {"X0-TYPE": "", "X0-COERCE": "skipped", "abi-conformance": ""}),
        ("red", {"X0-TYPE": "failure", "X0-COERCE": "skipped", "abi-conformance": ""}),
        ("waived", {"X0-TYPE": "skipped", "X0-COERCE": "skipped", "abi-conformance": ""}),
    ],
)
def test_junit(after: After, kind: str, cases: dict[str, str]) -> None:
    pairs = {"X0-TYPE": "tcc>tcc", "X0-COERCE": "all pairs", "abi-conformance": "run"}
    assert became(after(kind).text("junit.xml")) == {(check, pairs[check]): tag for check, tag in cases.items()}


def test_junit_of_an_interrupted_run_says_so(after: After) -> None:
    cases = became(after("interrupted").text("junit.xml"))
    assert cases["abi-conformance", "run"] == "error"
    assert "skipped" in cases.values()


def test_a_failure_in_junit_is_what_the_terminal_shows(after: After) -> None:
    failure = ET.fromstring(after("red").text("junit.xml")).find("testsuite/testcase/failure")
    assert failure is not None and failure.text is not None
    for line in failure.text.splitlines():
        assert line in after("red").said


def test_junit_has_the_same_bytes_but_for_times(after: After, tmp_path: Path, shared_cache: Path) -> None:
    first, again = after("red"), ran("red", tmp_path / "again", shared_cache)
    texts = [re.sub(r' (time|timestamp)="[^"]*"', "", run.text("junit.xml")) for run in (first, again)]
    assert texts[0] == texts[1]
