"""The JUnit report, held against the schema of Jenkins (tests/data/schemas/junit-10.xsd)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import xmlschema
from attrs import evolve

from conformance.gate.decide import Gate
from conformance.gate.waivers import Waiver
from conformance.reports import junit
from conformance.reports.result import NOT_SELECTED, Result

from .made import ABSENT, FAILED, PASSED, failed, finding, result

SCHEMA = xmlschema.XMLSchema(Path(__file__).parents[2] / "data" / "schemas" / "junit-10.xsd")
WAIVER = Gate((Waiver(1, "type::*", "silent-wrong", "known, issue 17"),), "w.toml")


def read(made: Result) -> ET.Element:
    text = junit.render(made)
    SCHEMA.validate(text)
    suite = ET.fromstring(text).find("testsuite")
    assert suite is not None
    return suite


def became(made: Result, check: str) -> list[tuple[str, list[str]]]:
    cases = read(made).findall(f"testcase[@classname='{check}']")
    return [(case.get("name", ""), [element.tag for element in case]) for case in cases]


def test_a_red_run() -> None:
    made = result(PASSED, FAILED, ABSENT, not_run=NOT_SELECTED)
    suite = read(made)
    assert {name: suite.get(name) for name in ("name", "tests", "failures", "errors", "skipped", "time")} == {
        "name": "acme-runtime", "tests": "4", "failures": "1", "errors": "0", "skipped": "1", "time": "12.340",
    }  # fmt: skip
    assert became(made, "X0-MATCH") == [("gcc-O2>tcc", [])]
    assert became(made, "X0-TYPE") == [("gcc-O2>tcc", ["failure"])]
    assert became(made, "X0-COERCE") == [("all pairs", ["skipped"])]
    assert became(made, "abi-conformance") == [("run", [])]
    failure = suite.find("testcase/failure")
    assert failure is not None and failure.text is not None
    assert failure.get("message") == "silent-wrong type::packed::gcc-O2>tcc::f64<-i64@1"
    assert failure.text.startswith(
        "NONCONFORMING  X0-TYPE  type::packed::gcc-O2>tcc::f64<-i64@1\n  declared   (i64, f64)"
    )
    assert "Finding(" not in failure.text and "self" not in failure.text
    properties = {row.get("name"): row.get("value") for row in suite.findall("properties/property")}
    assert {
        "subject": "acme-runtime",
        "version of acme": "1.4.0",
        "seed": "0",
        "compiler gcc-O2": "gcc 12.2.0",
    }.items() <= (properties.items())


def test_names_are_unique_and_a_check_over_all_pairs_has_its_findings() -> None:
    other = finding(id="d", pair=("tcc", "gcc-O2"), key="type::packed::tcc>gcc-O2::f64<-i64@1")
    made = result(
        failed(finding()),
        evolve(failed(other), pair=("tcc", "gcc-O2")),
        evolve(failed(other, finding(id="e"), check="PAIR"), pair=()),
    )
    cases = [(case.get("classname"), case.get("name")) for case in read(made).findall("testcase")]
    assert len(set(cases)) == len(cases)
    assert became(made, "X0-TYPE") == [("gcc-O2>tcc", ["failure"]), ("tcc>gcc-O2", ["failure"])]
    assert became(made, "PAIR") == [("all pairs", ["failure"])]


def test_a_failure_is_named_after_the_worst_of_its_findings() -> None:
    crash = finding(id="d", verdict="crashed", key="type::packed::gcc-O2>tcc::f32<-i64@1")
    (failure,) = read(result(failed(finding(), crash))).findall("testcase[@classname='X0-TYPE']/failure")
    assert failure.get("type") == "crashed"
    assert failure.get("message") == "crashed type::packed::gcc-O2>tcc::f32<-i64@1; and 1 more"


def test_what_is_waived_is_skipped_with_its_reason() -> None:
    made = result(FAILED, gate=WAIVER)
    assert became(made, "X0-TYPE") == [("gcc-O2>tcc", ["skipped"])]
    skipped = read(made).find("testcase[@classname='X0-TYPE']/skipped")
    assert skipped is not None and "waived by  w.toml, waiver 1: known, issue 17" in (skipped.text or "")
    assert read(made).get("failures") == "0"


def test_one_pair_may_be_waived_and_another_not() -> None:
    other = finding(id="d", pair=("tcc", "gcc-O2"), key="type::packed::tcc>gcc-O2::f64<-i64@1")
    gate = Gate((Waiver(1, "type::packed::tcc>*", "silent-wrong", "known"),), "w.toml")
    made = result(failed(finding()), evolve(failed(other), pair=("tcc", "gcc-O2")), gate=gate)
    assert became(made, "X0-TYPE") == [("gcc-O2>tcc", ["failure"]), ("tcc>gcc-O2", ["skipped"])]


def test_a_run_that_ended_early_is_an_error() -> None:
    made = {**result(PASSED, not_run="interrupted", complete=False), "exit_code": 2}
    assert became(made, "abi-conformance") == [("run", ["error"])]
    assert became(made, "X0-TYPE") == [("all pairs", ["skipped"])]
    error = read(made).find("testcase/error")
    assert error is not None and "not run: X0-TYPE, interrupted" in (error.text or "")


def test_a_stale_waiver_is_a_failure() -> None:
    made = result(PASSED)
    made["gate"]["problems"] = ["w.toml, waiver 1: it excuses nothing"]
    assert became(made, "abi-conformance") == [("run", ["failure"])]


def test_characters_that_xml_has_not_are_written_out() -> None:
    made = result(failed(finding(observed="error '\x1b[1m\0\ud800 <&>]]>'")))
    failure = read(made).find("testcase/failure")
    assert failure is not None and r"error '\x1b[1m\x00\ud800 <&>]]>'" in (failure.text or "")


def test_equal_runs_have_equal_bytes_but_for_times() -> None:
    made = result(PASSED, FAILED)
    later = {**result(FAILED, PASSED), "started": "2027-01-01T00:00:00+00:00", "seconds": 2.5}
    assert junit.render({**later, "started": made["started"], "seconds": made["seconds"]}) == junit.render(made)
