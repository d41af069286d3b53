"""What a CI reads of a green, a red, a waived and an interrupted run, held against the schemas of the readers."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import xmlschema

from tests.e2e.ci import REPORTS, Repository, ran
from tests.e2e.commandline import CommandLine, one_sentence

pytestmark = pytest.mark.compiler("tcc")

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
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


def sarif(text: str) -> dict[str, Any]:
    """The only run of a SARIF file."""
    made = json.loads(text)
    schema = json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_text("utf-8"))
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(made)
    (run,) = made["runs"]
    assert {row["ruleId"] for row in run["results"]} <= {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    return dict(run)


def test_sarif_of_a_red_run_points_into_the_binding(after: After) -> None:
    run = sarif(after("red").text("code-scanning.sarif"))
    results = run["results"]
    assert {row["ruleId"] for row in results} == {"X0-TYPE"}
    lines = after("red").text("runtime/binding.h").splitlines()
    for row in results:
        where = row["locations"][0]["physicalLocation"]
        assert where["artifactLocation"] == {"uri": "runtime/binding.h", "uriBaseId": "%SRCROOT%"}
        assert "abi_check_##K" in lines[where["region"]["startLine"] - 1]
        assert "suppressions" not in row and row["partialFingerprints"]["abiCause/v1"]
    assert run["invocations"][0]["executionSuccessful"] is True
    assert run["invocations"][0]["exitCode"] == 1


def test_sarif_of_a_waived_run_suppresses_what_is_known(after: After) -> None:
    red, waived = (sarif(after(kind).text("code-scanning.sarif"))["results"] for kind in ("red", "waived"))
    assert all("known, issue 17" in row["suppressions"][0]["justification"] for row in waived)
    causes = [{row["partialFingerprints"]["abiCause/v1"] for row in results} for results in (red, waived)]
    assert set() != causes[0] <= causes[1]


def test_sarif_of_a_green_and_of_an_interrupted_run(after: After) -> None:
    green, interrupted = (sarif(after(kind).text("code-scanning.sarif")) for kind in ("green", "interrupted"))
    assert green["results"] == []
    assert green["invocations"][0]["executionSuccessful"] is True
    assert interrupted["invocations"][0]["executionSuccessful"] is False
    assert interrupted["invocations"][0]["toolExecutionNotifications"]


def issues(text: str) -> list[dict[str, Any]]:
    """The issues of a code quality report, held against what GitLab's documentation asks of one."""
    found: list[dict[str, Any]] = json.loads(text)
    for issue in found:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        path = issue["location"]["path"]
        assert path and not path.startswith(("/", "./")) and issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in found}) == len(found)
    return found


def test_code_quality(after: After) -> None:
    red = issues(after("red").text("code-quality.json"))
    assert {(issue["check_name"], issue["location"]["path"]) for issue in red} == {("X0-TYPE", "runtime/binding.h")}
    assert "critical" in {issue["severity"] for issue in red}
    assert issues(after("green").text("code-quality.json")) == issues(after("waived").text("code-quality.json")) == []
    interrupted = issues(after("interrupted").text("code-quality.json"))
    assert {(issue["check_name"], issue["severity"]) for issue in interrupted} == {("abi-conformance", "blocker")}
    assert "interrupted" in interrupted[0]["description"]


COMMAND = re.compile(r"^::error file=(?P<file>[^:,]+),line=(?P<line>\d+),title=[^:,]+::(?P<text>.+)$", re.MULTILINE)


def test_github_shows_the_worst_causes_of_a_red_run_beside_the_code(after: After) -> None:
    said = after("red").said
    errors = list(COMMAND.finditer(said))
    assert 0 < len(errors) <= 10
    assert len(errors) == len(re.findall("^::error", said, re.MULTILINE))
    assert {error["file"] for error in errors} == {"runtime/binding.h"}
    assert said.count("::group::") == said.count("::endgroup::") == 2
    assert said.splitlines()[-1].startswith("NONCONFORMING: 1 check failed")


@pytest.mark.parametrize(
    ("kind", "last"), [("green", "CONFORMING"), ("waived", "CONFORMING"), ("interrupted", "INTERRUPTED")]
)
def test_github_shows_no_errors_where_nothing_is_to_be_mended(after: After, kind: str, last: str) -> None:
    said = after(kind).said
    assert "::error" not in said
    assert "::group::checks" in said
    assert said.splitlines()[-1].startswith(f"{last}:")


def test_the_summary_of_a_step_comes_behind_what_it_has(after: After) -> None:
    for kind, says in (("green", "CONFORMING"), ("red", "NONCONFORMING"), ("waived", "known, issue 17")):
        summary = after(kind).text("summary.md")
        assert says in summary
        assert after(kind).text("step.md") == f"# Before\n{summary}"
    assert after("interrupted").text("summary.md").startswith("## acme-runtime: INTERRUPTED")


def test_no_summary_can_be_written_is_told(cli: CommandLine) -> None:
    outside = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "."}
    assert "is a folder" in one_sentence(cli("run", "--compiler", "tcc", env=outside))


@pytest.mark.parametrize("kind", ["red", "green"])
def test_the_examples_in_the_documentation_are_of_such_runs(after: After, kind: str) -> None:
    """Where it is meant to change: `python -m tests.e2e.ci docs/examples`."""
    shown = {name: (EXAMPLES / f"{kind}-{name}").read_text("utf-8") for name in REPORTS.values()}
    run = after(kind)
    assert became(shown["junit.xml"]) == became(run.text("junit.xml"))
    causes = [
        [(row["ruleId"], row["partialFingerprints"], row["locations"]) for row in sarif(text)["results"]]
        for text in (shown["code-scanning.sarif"], run.text("code-scanning.sarif"))
    ]
    assert causes[0] == causes[1]
    assert issues(shown["code-quality.json"]) == issues(run.text("code-quality.json"))
    assert shown["summary.md"].partition("\n")[0] == run.text("summary.md").partition("\n")[0]


@pytest.mark.parametrize(("anchor", "says"), [("gone.c", "--anchor gone.c is no file in"), ("", "--anchor is empty")])
def test_an_anchor_that_is_no_file_is_one_sentence(cli: CommandLine, anchor: str, says: str) -> None:
    assert says in one_sentence(cli("run", "--compiler", "tcc", "--anchor", anchor))
    assert cli.left() == []
