"""The HTML page: what it is made of, and that nothing of what a subject says is taken for markup."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest
from attrs import evolve

from conformance.gate.decide import Gate
from conformance.gate.waivers import Waiver
from conformance.model.outcome import Contrast, Outcome
from conformance.reports import html
from conformance.reports.acceptance import UNKNOWN, acceptance
from conformance.reports.causes import told_once
from conformance.reports.heat_map import HeatMap, Square, heat_maps
from conformance.reports.summary import command
from conformance.reports.value_rows import shown_values

from .made import ABSENT, FAILED, FOUND, PAIR, PASSED, RELEASE, failed, finding, result

OTHER = ("tcc", "gcc-O2")
FOREIGN = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


class Page(HTMLParser):
    """The tags of a page with their attributes, and the text that is no style and no script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] not in ("style", "script"):
            self.text += data

    def count(self) -> Counter[str]:
        """How often each tag is there."""
        return Counter(tag for tag, _ in self.tags)


def group(name: str, check: str = "X0-TYPE", **verdicts: int) -> dict[str, Any]:
    counts = {verdict.replace("_", "-"): n for verdict, n in verdicts.items()}
    return {"group": name, "check": check, "verdicts": counts, "examples": {}}


def outcome(*groups: dict[str, Any], check: str = "X0-TYPE", pair: tuple[str, ...] = PAIR) -> Outcome:
    return evolve(PASSED, check=check, pair=pair, groups=groups)


def foreign(value: Any) -> Any:
    """A copy of a result in which every text that a subject, a user or a compiler may write is foreign."""
    if isinstance(value, dict):
        kept = ("rules", "id", "same_as", "status", "marks", "verdict", "started", "convention", "key", "place")
        return {name: each if name in kept else foreign(each) for name, each in value.items()}
    if isinstance(value, list):
        return [foreign(each) for each in value]
    return f"{value}{FOREIGN}" if isinstance(value, str) else value


def test_the_page_needs_nothing_else() -> None:
    text = html.render(result(PASSED, FAILED, RELEASE, ABSENT))
    page = Page(text)
    assert {attributes[name] for _, attributes in page.tags for name in ("src", "href") if name in attributes} == {
        attributes["href"] for tag, attributes in page.tags if tag == "a" and str(attributes["href"]).startswith("#")
    }
    assert not re.search(r"url\(|@import|https?:", text)
    assert page.count()["script"] == page.count()["style"] == 1
    assert "prefers-color-scheme: dark" in text


def test_nothing_that_anybody_writes_is_markup() -> None:
    made = result(PASSED, FAILED, RELEASE, ABSENT, given={"subject": {"value": "a", "from": "command line"}})
    made |= {"errors": ["broke"], "notes": {"headers": "1"}}
    made["gate"]["problems"] = ["w.toml, waiver 1: gone"]
    values = [{"name": "argument 0", "passed": "i8", "declared": "f64", "sent": "a", "required": None, "seen": "b"}]
    made["findings"] = [{**row, "detail": ["a note"], "values": values} for row in made["findings"]]
    page = Page(html.render(foreign(made)))
    assert (page.count()["script"], page.count()["img"]) == (1, 0)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert page.text.count(FOREIGN) > 30


@pytest.mark.parametrize("waived", [None, "w.toml, waiver 1: known"])
def test_the_page_of_a_subject_that_is_built_has_its_findings(waived: str | None) -> None:
    made = result(FAILED)
    built = {name: value for name, value in made["subject"].items() if name != "versions"}
    rows = [{**row, "reproducer": "reports/abc", "waived_by": waived} for row in made["findings"]]
    assert "(C reproducer: reports/abc/)" in html.render({**made, "subject": built, "findings": rows})
    assert "(reproducer: reports/abc/)" in html.render({**made, "findings": rows})


def test_a_result_of_an_earlier_version_has_a_page_too() -> None:
    made = result(FAILED)
    older = {name: value for name, value in made.items() if name not in ("acceptance", "options", "requirements")}
    older["findings"] = [{name: value for name, value in row.items() if name != "values"} for row in older["findings"]]
    assert FOUND.id in html.render(older)


def test_what_was_not_run_and_what_is_not_met_is_said() -> None:
    made = result(PASSED, FAILED, ABSENT, complete=False, not_run="interrupted")
    made["requirements"] = [{"set": "packed/1", "unmet": ["X0-COUNT must pass; it is not-run"]}]
    text = Page(html.render(made)).text
    for said in (
        "The run did not come to its end.",
        "5 cases of 13,345 were drawn and not run.",
        "10 cases of 13,340 are inconclusive.",
        "X0-COUNT is not run: interrupted",
        "X0-COERCE is not applicable: the rules table 'tvm-packed' converts nothing",
        "packed/1: X0-COUNT must pass; it is not-run",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("made", "looks"), [(PASSED, "good"), (evolve(PASSED, executed=9, judged=9), "warn"), (FAILED, "bad")]
)
def test_the_verdict_looks_like_what_it_says(made: Outcome, looks: str) -> None:
    (head,) = [attributes for tag, attributes in Page(html.render(result(made))).tags if tag == "h1"]
    assert head["class"] == looks


def test_each_convention_has_a_bar_of_its_own() -> None:
    page = Page(html.render(result(FAILED)))
    bars = [attributes["aria-label"] for tag, attributes in page.tags if tag == "svg"]
    assert bars == [
        "X0 (packed): detected 12,339, silent and wrong 1",
        "X1 (unpacked): silent and wrong 9,876, silent and equal 2,000, overran 400, crashed 64",
    ]
    widths = [float(str(attributes["width"])[:-1]) for tag, attributes in page.tags if tag == "rect"]
    assert abs(sum(widths) - 200) < 0.1


def test_the_command_has_every_option_that_was_given() -> None:
    given = {"subject": "a b.toml", "compiler": ["gcc", "tcc"], "no-shrink": True, "max-examples": "3"}
    made = result(PASSED, given={name: {"value": value, "from": "command line"} for name, value in given.items()})
    assert command(made) == (
        "abi-conformance run --subject 'a b.toml' --compiler gcc --compiler tcc --no-shrink --max-examples 3 --seed 0"
    )
    assert command(result(PASSED)) == "abi-conformance run --subject acme-runtime --seed 0"


def test_acceptance_is_of_arguments_in_checked_packed_calls_that_are_made_alone() -> None:
    made = outcome(
        group("type::packed::f64<-i64", detected=3),
        group("type::packed::f64<-code(8)", silent_wrong=1),
        group("unknown-code::packed::f64<-code(-1)", detected=2),
        group("unknown-code::packed::f64<-code(99)", detected=2),
        group("width::packed::i8<-i16", silent_wrong=2),
        group("match::packed::f64", intact=5),
        group("match::packed::f64@ret", intact=5),
        group("match::packed::f64+nested", intact=5),
        group("match::packed::@call", intact=5),
        group("type::unpacked::f64<-i64", silent_wrong=5),
        group("few::packed", detected=5),
    )
    assert acceptance([made, outcome(group("type::packed::i8<-f64", detected=1), check="X0-RELEASE")]) == [
        {
            "pair": list(PAIR),
            "declared": {
                "f64": {
                    "code(8)": {"rules": "reject", "verdicts": {"silent-wrong": 1}},
                    "f64": {"rules": "accept", "verdicts": {"intact": 5}},
                    "i64": {"rules": "reject", "verdicts": {"detected": 3}},
                    UNKNOWN: {"rules": "reject", "verdicts": {"detected": 4}},
                },
                "i8": {"i16": {"rules": "range", "verdicts": {"silent-wrong": 2}}},
            },
        }
    ]


def maps(*outcomes: Outcome, gate: Gate | None = None) -> list[HeatMap]:
    made = result(*outcomes, gate=gate)
    return heat_maps(made, told_once(made["findings"]))


RULED = group("type::packed::i8<-f64", detected=2)


def test_pairs_that_came_to_the_same_are_one_map() -> None:
    (both,) = maps(outcome(RULED), outcome(RULED, pair=OTHER))
    assert both.pairs == (">".join(PAIR), ">".join(OTHER))
    assert both.rows == (("i8", (Square("f64", "reject", ("reject",), "ruled", "detected 4", ""),)),)
    assert len(maps(outcome(RULED), outcome(group("type::packed::i8<-f64", silent_wrong=2), pair=OTHER))) == 2


def test_a_cell_leads_to_the_finding_that_tells_of_it() -> None:
    (cell,) = maps(FAILED)[0].rows[0][1]
    assert cell is not None and cell.letters == "AR"
    assert cell == Square(
        "i64", "reject", ("accept", "reject"), "finding", "detected 12,339 · silent-wrong 1", FOUND.id
    )
    waiver = Gate((Waiver(1, "type::*", "silent-wrong", "known"),), "w.toml")
    (excused,) = maps(FAILED, gate=waiver)[0].rows[0][1]
    assert excused is not None and (excused.state, excused.finding) == ("waived", FOUND.id)


def test_a_finding_of_another_check_says_nothing_of_the_acceptance_of_a_call_alone() -> None:
    (cell,) = maps(
        outcome(group("type::packed::f64<-i64", detected=1)), failed(finding(check="X0-ERROR"), check="X0-ERROR")
    )[0].rows[0][1]
    assert cell is not None and (cell.state, cell.finding) == ("ruled", "")


@pytest.mark.parametrize(
    ("name", "verdict", "state"),
    [
        ("type::packed::i8<-f64", "detected", "ruled"),
        ("type::packed::i8<-f64", "silent-wrong", "unpromised"),
        ("type::packed::i8<-f64", "crashed", "unpromised"),
        ("coerce::packed::f64<-i8", "coerced", "ruled"),
        ("coerce::packed::dtype<-str", "detected", "ruled"),
        ("coerce::packed::f64<-i8", "crashed", "unpromised"),
        ("match::packed::i8", "intact", "ruled"),
        ("match::packed::i8", "hung", "unpromised"),
        ("sign::packed::i8<-u8", "silent-wrong", "ruled"),
    ],
)
def test_the_state_of_a_cell_is_what_was_observed_against_the_rules(name: str, verdict: str, state: str) -> None:
    ((_, (cell,)),) = maps(outcome(group(name) | {"verdicts": {verdict: 1}}))[0].rows
    assert cell is not None and cell.state == state


def test_kinds_come_before_codes_and_a_blank_was_not_passed() -> None:
    names = ("i8<-code(10)", "i8<-code(9)", "i8<-acme.thing", "f64<-i8", "i8<-f64")
    (only,) = maps(outcome(*(group(f"type::packed::{name}", detected=1) for name in names)))
    assert only.columns == ("i8", "f64", "acme.thing", "code(9)", "code(10)")
    assert [(name, [cell is not None for cell in cells]) for name, cells in only.rows] == [
        ("i8", [False, True, True, True, True]),
        ("f64", [True, False, False, False, False]),
    ]


def rows(duty: str = "accept", **values: str | None) -> list[list[str]]:
    """The rows of a value; bytes that differ stand in brackets."""
    row = finding(required=duty, values=(Contrast("argument 0", "i16", "f64", **values),)).to_json()
    (value,) = shown_values(row)
    return [[f"[{text}]" if differs else text for text, differs in each.cells] for each in value.rows]


def test_bytes_that_differ_from_what_had_to_be_are_marked() -> None:
    assert rows(sent="01 02", required="01 02", seen="01 03 00") == [["01", "02"], ["01", "02"], ["01", "[03]", "[00]"]]


def test_where_nothing_had_to_arrive_what_was_sent_is_held_against_it() -> None:
    assert rows("reject, naming argument 0", sent="01 02", seen="01 00") == [
        ["01", "02"],
        ["to be rejected"],
        ["01", "[00]"],
    ]
    assert rows(sent=None, seen=None) == [["nothing"], ["cannot be told"], ["not seen"]]


def test_words_and_codes_are_not_taken_apart() -> None:
    assert rows(sent="str b'a b'", required="str b'a b'", seen="str b'a c'")[2] == ["[str b'a c']"]
    assert rows(sent="01", required="code 2: 01 00", seen="code -3: 01 00")[2] == ["[code -3]", "01", "00"]


def test_a_finding_can_be_filtered_by_what_is_folded_into_it() -> None:
    again = evolve(FOUND, id="d" * 12, key=FOUND.key.replace("gcc-O2>tcc", "tcc>gcc-O2"), pair=OTHER)
    page = Page(html.render(result(failed(FOUND), evolve(failed(again), pair=OTHER))))
    (article,) = [attributes for tag, attributes in page.tags if tag == "article"]
    assert article["data-pair"] == "gcc-O2>tcc tcc>gcc-O2"
    assert (article["data-check"], article["data-class"], article["data-kind"]) == ("X0-TYPE", "type", "f64 i64")
