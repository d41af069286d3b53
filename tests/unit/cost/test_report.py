"""`cost report`: answers follow from what was measured, and the pages show all of it and need nothing else."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from conformance.cost.document import schema
from conformance.cost.report import page, plots
from conformance.cost.report.claims import CLAIMS, Measured
from conformance.cost.report.document import document
from conformance.cost.report.tables import Table
from conformance.cost.report.write import NoMarkers, answer, report, write
from conformance.cost.timing import CallCost, CallTiming, Interval, OperatorTiming, Untimed
from conformance.reports.files import ReportError

SUITE = {
    "counts": {"by_convention": {"packed": {"detected": 20}, "unpacked": {"silent-wrong": 15, "overrun": 5}}},
    "checks": [{"id": "DYNAMIC", "status": "pass", "cases": 7, "by_verdict": {"detected": 7}, "why": ""}],
    "pairs": [["dynamic", "gcc-O2"], ["gcc-O2", "dynamic"], ["gcc-O2", "gcc-O2"]],
}
MATRIX = tuple({"declared": kind, "code_name": "int", "observed": "reject"} for kind in ("f32", "f64"))


def cost(compiler: str, x0: float, share: float) -> CallCost:
    """Timings in which X0 takes `x0` times as long as X1, and `share` of an operator over 1 KB."""
    one = Interval(1.0, 0.9, 1.1)

    def timing(route: str, n: int, factor: float) -> CallTiming:
        ns = Interval(factor * (1 + n), factor * (1 + n), factor * (1 + n))
        return CallTiming(route, n, ns, one, 100, None, None)

    calls = [
        timing(route, n, factor)
        for n in (0, 3)
        for route, factor in (("x1_copied", 1), ("x0_checked", x0), ("direct", 1))
    ]
    operators = [OperatorTiming("copy", "x0_checked", size, one, share * 1024 / size) for size in (1024, 4096, 1 << 20)]
    gaps = (Untimed("libffi", "ffi.h: No such file", "apt install libffi-dev"),)
    return CallCost(compiler, "gcc 12 <&>", "x86_64", 21, tuple(calls), tuple(operators), gaps)


def measured(x0: float = 1.5, share: float = 0.02) -> Measured:
    return Measured(
        SUITE, MATRIX, None, None, (cost("gcc-O0", x0, share), cost("gcc-O2", 1.0, share)),
        {"frames": "no compiler", "inline": "no compiler"},
    )  # fmt: skip


def states(of: Measured) -> dict[str, str]:
    return {one.claim.id: one.state for one in answer(of)}


def test_every_claim_has_its_answer_in_order() -> None:
    assert [one.claim.id for one in answer(measured())] == list(CLAIMS)
    assert all(one.sentence.endswith(".") for one in answer(measured()))


def test_nothing_measured_is_said_with_the_reason() -> None:
    answers = answer(Measured(why={"suite": "it crashed", "calls": "no compiler"}))
    assert {one.state for one in answers} == {"not measured"}
    assert "it crashed" in answers[0].sentence and "no compiler" in answers[7].sentence


def test_answers_follow_the_figures() -> None:
    assert states(measured())["C1"] == states(measured())["C10"] == "holds"
    assert states(measured(x0=1.5))["C8"] == "holds"
    assert states(measured(x0=3.0))["C8"] == "does not hold"
    assert states(measured(share=0.005))["C9"] == "holds"
    assert states(measured(share=0.5))["C9"] == "in part"


def test_an_undetected_mismatch_shows() -> None:
    suite = {
        **SUITE,
        "counts": {"by_convention": {"packed": {"detected": 19, "silent-wrong": 1}, "unpacked": {"intact": 20}}},
    }
    one = answer(dataclasses.replace(measured(), suite=suite))[0]
    assert one.state == "in part" and "19 of 20" in one.sentence


def test_shares_say_from_where_a_call_is_negligible() -> None:
    assert "for copy from 4 KB on" in answer(measured(share=0.02))[8].sentence


def test_the_files_are_written_whole(tmp_path: Path) -> None:
    _, data = write(tmp_path, measured(), ("a machine",), page.new_document())
    text = (tmp_path / "cost.md").read_text("utf-8")
    assert all(f"| {claim} |" in text for claim in CLAIMS) and "apt install libffi-dev" in text
    jsonschema.validate(json.loads(json.dumps(data)), schema("report"))


def test_writing_again_keeps_what_is_around_the_markers(tmp_path: Path) -> None:
    write(tmp_path, measured(), ("first",), f"before\n{page.BEGIN}\n{page.END}\nafter\n")
    write(tmp_path, measured(), ("second",), (tmp_path / "cost.md").read_text("utf-8"))
    text = (tmp_path / "cost.md").read_text("utf-8")
    assert text.startswith("before\n") and text.endswith("after\n") and "second" in text and "first" not in text


def test_a_document_without_markers_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "cost.md").write_text("mine")
    with pytest.raises(NoMarkers, match="no markers"):
        report(tmp_path, lambda _: None, list, list)
    assert (tmp_path / "cost.md").read_text() == "mine"


def test_a_document_that_is_no_text_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "cost.md").write_bytes(b"\xff\xfe")
    with pytest.raises(NoMarkers, match="no markers"):
        report(tmp_path, lambda _: None, list, list)
    assert (tmp_path / "cost.md").read_bytes() == b"\xff\xfe"


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told: list[str] = []
    with pytest.raises(ReportError, match="cannot be made"):
        report(tmp_path / "file" / "docs", told.append, list, list)
    assert told == []


def test_the_page_needs_nothing_from_elsewhere() -> None:
    text = page.html(page.page(measured(), answer(measured()), ("a machine",)))
    loads: list[tuple[str, str | None]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag not in ("script", "link", "img", "iframe", "object")
            loads.extend((name, value) for name, value in attrs if name in ("src", "href", "xlink:href"))

    Reader().feed(text)
    assert all(value is not None and value.startswith("#") for _, value in loads)
    assert not re.search(r"@import|url\((?!#)", text)
    assert "prefers-color-scheme" in text and 'name="viewport"' in text


def test_the_page_has_contents_that_lead_somewhere_and_names_that_are_its_own() -> None:
    text = page.html(page.page(measured(), answer(measured()), ("a machine",)))
    ids = re.findall(r'<[a-z0-9]+ id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    contents = re.search("<nav .*?</nav>", text, re.DOTALL)
    assert contents is not None
    linked = re.findall('href="#([^"]+)"', contents[0])
    assert {"claims", "how", *CLAIMS} <= set(linked) <= set(ids)
    assert all(f'<h2 id="{name}"><a href="#{name}">' in text for name in linked if name not in CLAIMS)


def test_the_document_has_all_claims() -> None:
    assert [one["id"] for one in document(measured(), answer(measured()), ())["claims"]] == list(CLAIMS)


def test_plots_take_their_colours_from_the_page() -> None:
    pytest.importorskip("matplotlib")
    drawn = plots.call_times(cost("gcc-O2", 1.0, 0.02), ("x1_copied", "x0_checked"), "Calls")
    assert drawn.svg is not None
    assert "var(--ink-1)" in drawn.svg and "var(--text)" in drawn.svg
    assert not re.search("#[0-9a-f]{6}", drawn.svg.replace("href=", ""))
    assert drawn.svg == plots.call_times(cost("gcc-O2", 1.0, 0.02), ("x1_copied", "x0_checked"), "Calls").svg


def test_a_legend_is_text_of_the_page_in_the_colours_of_the_lines() -> None:
    pytest.importorskip("matplotlib")
    series = [plots.Series("X0 checked", [0, 1], [1, 2]), plots.Series("12n + 20", [0, 1], [1, 2], model="--")]
    drawn, keys = plots.draw(series, "x", "y"), plots.legend(series)
    assert [(key.label, key.style) for key in keys] == [("X0 checked", "solid"), ("12n + 20", "dashed")]
    assert drawn is not None
    assert all(f"stroke: {key.colour}" in drawn and key.label not in drawn for key in keys)


def test_long_tables_are_folded() -> None:
    rows = (("name", "figure"), *((f"row {n}", str(n)) for n in range(40)))
    tables = (Table("Long", rows), Table("Short", rows[:5]))
    text = page.html(page.Page((), (), (), tables, ()))
    assert text.count("<details>") == 1 and "all 40 rows" in text


def test_a_series_without_figures_is_no_plot() -> None:
    assert plots.draw([], "x", "y") is None
