"""The result as JUnit XML that Jenkins' schema accepts: a test case a check and pair, and one for the run itself."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.gate.compare import harm
from conformance.reports import summary
from conformance.reports.causes import Told, told_once
from conformance.reports.files import write_text
from conformance.reports.result import Result
from conformance.reports.terminal import finding_lines, plain

RUN = ("abi-conformance", "run")
"""The class and name of the test case that says whether the run itself is in order."""

ALL_PAIRS = "all pairs"
"""The name of a test case that is about no single pair."""

_BECAME = {"pass": "", "fail": "failure"}
"""The element of a test case by the status of its check; every other one is skipped."""

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class _TestCase:
    """A test case; `became` is the element that says what became of it, `failure` for one, or empty if it passed."""

    check: str
    name: str
    became: str = ""
    kind: str = ""
    message: str = ""
    body: str = ""


def render(result: Result) -> str:
    """The XML text, equal for equal results but for `time` and `timestamp`."""
    cases = [*_of_checks(result), _of_the_run(result)]
    counts = {name: sum(case.became == name for case in cases) for name in ("failure", "error", "skipped")}
    suites = ET.Element("testsuites")
    suite = ET.SubElement(
        suites,
        "testsuite",
        name=_clean(result["subject"]["name"]),
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=f"{result['seconds']:.3f}",
        timestamp=result["started"],
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(result):
        ET.SubElement(properties, "property", name=_clean(name), value=_clean(value))
    for case in cases:
        element = ET.SubElement(suite, "testcase", classname=case.check, name=_clean(case.name))
        if case.became:
            attributes = {"type": case.kind, "message": _clean(case.message)}
            ET.SubElement(element, case.became, attributes).text = _clean(case.body)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def write(result: Result, path: Path) -> None:
    """Write the XML. Raises ReportError."""
    write_text(path, render(result))


def _properties(result: Result) -> Iterator[tuple[str, str]]:
    subject = result["subject"]
    yield "subject", subject["name"]
    yield "version", subject["version"]
    yield "convention", subject["convention"]
    for name, version in subject.get("versions", {}).items():
        yield f"version of {name}", version
    for compiler in result["compilers"]:
        yield f"compiler {compiler['id']}", compiler["version"]
    yield "profile", result["profile"]
    yield "seed", str(result["seed"])
    yield "abi-conformance", result["tool"]["version"]


def _of_checks(result: Result) -> Iterator[_TestCase]:
    for check in result["checks"]:
        name = check["id"]
        if summary.unasked(check):
            continue
        if not check["pairs"]:
            yield _TestCase(name, ALL_PAIRS, "skipped", "not-run", check["why"])
        for row in check["pairs"]:
            pair = ">".join(row["pair"]) or ALL_PAIRS
            found = [
                finding
                for finding in result["findings"]
                if finding["check"] == name and row["pair"] in ([], list(finding["pair"]))
            ]
            yield _of_pair(name, pair, row, told_once(found), result)


def _of_pair(check: str, pair: str, row: Mapping[str, Any], found: Sequence[Told], result: Result) -> _TestCase:
    became = _BECAME.get(row["status"], "skipped")
    if not became:
        return _TestCase(check, pair)
    shown = [told.finding for told in found if became == "skipped" or not told.finding["waived_by"]]
    shown.sort(key=lambda finding: -harm(finding["verdict"]))
    kind = shown[0]["verdict"] if shown else row["status"]
    said = [row["why"], *(f"{finding['verdict']} {finding['key']}" for finding in shown[:1])]
    if len(shown) > 1:
        said.append(f"and {len(shown) - 1:,} more")
    body = "\n\n".join(plain(finding_lines(told, result)) for told in found)
    return _TestCase(check, pair, became, kind, "; ".join(filter(None, said)), body)


def _of_the_run(result: Result) -> _TestCase:
    problems = result["gate"]["problems"]
    code = result["exit_code"]
    if result["errors"] or not result["complete"] or code > 1:
        lines = [*result["errors"], *problems, *summary.not_run(result)]
        word = summary.EXIT_WORDS[code] if code > 1 else "INCOMPLETE"
        return _TestCase(*RUN, "error", f"exit code {code}", word.lower(), "\n".join(lines))
    if problems:
        message = summary.plural(len(problems), "stale or expired waiver")
        return _TestCase(*RUN, "failure", "waivers", message, "\n".join(problems))
    return _TestCase(*RUN)


def _clean(text: str) -> str:
    r"""Text without what XML cannot hold, whatever a subject says: such a character becomes `\x1b`."""
    return _NOT_IN_XML.sub(lambda found: ascii(found[0])[1:-1], text)
