"""The result as one HTML page that needs nothing else: no script, font or picture from elsewhere; light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.gate.required import unmet
from conformance.model.mark import Mark
from conformance.model.verdict import VERDICTS
from conformance.reports import summary
from conformance.reports.causes import Told, told_once
from conformance.reports.files import write_text
from conformance.reports.heat_map import LETTERS, STATES, HeatMap, heat_maps
from conformance.reports.page import MAPS, STYLE, environment, script_hash, text_of
from conformance.reports.result import Result
from conformance.reports.sides import culprit, matrices
from conformance.reports.value_rows import shown_values
from conformance.reports.wire import changed_on_the_wire

FILTERS = ("check", "class", "kind", "pair")
"""What the page can be narrowed to."""

_PARTS = ("detected", "silent and wrong", "silent and equal", "overran", "crashed")  # which have colours of their own


@dataclass(frozen=True)
class Bar:
    """What became of the mismatches in one convention: each row of the headline with its share in percent."""

    title: str
    total: int
    parts: tuple[tuple[str, int, float, float], ...]
    """Name, number, where it begins, and how wide it is."""


def render(result: Result, home: str = "") -> str:
    """The page; `home` is where it leads back to, a path relative to it, "" where it stands alone."""
    told = told_once(result["findings"])
    maps = heat_maps(result, told)
    script = f"{text_of(MAPS)}\n{text_of('report.js')}"
    labels = {cause.finding["id"]: _labels(cause) for cause in told}
    page: str = (
        environment("conformance.reports")
        .get_template("report.html.j2")
        .render(
            result=result,
            home=home,
            summary=summary,
            language=summary.reproducer_language(result),
            told=told,
            table=summary.side_by_side(result),
            bars=list(_bars(summary.side_by_side(result))),
            maps=maps,
            states=STATES,
            letters=LETTERS,
            unmet=unmet(result),
            left_out=list(_left_out(result)),
            matrices=matrices(result),
            culprit=culprit,
            parts=_PARTS,
            verdicts=VERDICTS,
            values=shown_values,
            changed=changed_on_the_wire,
            labels=labels,
            filters=_filters(result, maps, list(labels.values())),
            environment=list(_surroundings(result)),
            style=text_of(STYLE),
            script=script,
            script_hash=script_hash(script),
        )
    )
    return page


def write(result: Result, path: Path) -> None:
    """Write the page. Raises ReportError."""
    write_text(path, render(result))


def _bars(table: summary.SideBySide | None) -> Iterator[Bar]:
    if table is None:
        return
    for at, title in enumerate(table.columns):
        rows = [(name, counts[at]) for name, counts in table.rows if name != "total"]
        total, begins, parts = sum(n for _, n in rows), 0.0, []
        for name, n in rows:
            share = 100 * n / total if total else 0.0
            parts.append((name, n, begins, share))
            begins += share
        yield Bar(title, total, tuple(parts))


def _labels(cause: Told) -> dict[str, list[str]]:
    """By what a finding can be filtered: those with the same cause count for it."""
    rows = (cause.finding, *cause.folded)
    marks = [Mark.from_json(mark) for row in rows for mark in row["marks"]]
    kinds = (kind for mark in marks for kind in mark.place.partition("@")[0].split("<-"))
    return {
        "check": sorted({row["check"] for row in rows}),
        "class": sorted({mark.cls for mark in marks}),
        "kind": sorted({kind for kind in kinds if kind.replace("_", "").isalnum()}),
        "pair": sorted({">".join(mark.pair) for mark in marks}),
    }


def _filters(
    result: Result, maps: Sequence[HeatMap], labels: Sequence[dict[str, list[str]]]
) -> dict[str, dict[str, None]]:
    """The choices of each filter, in order."""
    shown: dict[str, list[str]] = {name: [value for label in labels for value in label[name]] for name in FILTERS}
    checks = [check["id"] for check in result["checks"] if not summary.unasked(check)]
    kinds = [declared for each in maps for declared, _ in each.rows]
    pairs = [">".join(pair) for pair in result["pairs"]]
    return {
        "check": dict.fromkeys([*checks, *shown["check"]]),
        "class": dict.fromkeys(sorted(shown["class"])),
        "kind": dict.fromkeys([*kinds, *sorted(shown["kind"])]),
        "pair": dict.fromkeys([*pairs, *sorted(shown["pair"])]),
    }


def _left_out(result: Result) -> Iterator[str]:
    """What was not run, a sentence each: cases first, then checks."""
    counts = result["counts"]
    if not result["complete"]:
        yield "The run did not come to its end."
    if counts["not_run"]:
        yield f"{summary.plural(counts['not_run'], 'case')} of {counts['generated']:,} were drawn and not run."
    if counts["inconclusive"]:
        yield f"{summary.plural(counts['inconclusive'], 'case')} of {counts['judged']:,} are inconclusive."
    for check in result["checks"]:
        if check["status"] in ("not-run", "not-applicable") and not summary.unasked(check):
            yield f"{check['id']} is {check['status'].replace('-', ' ')}: {check['why'] or 'nothing says why'}"
        for row in check.get("pairs", ()):
            if row["status"] == "not-run" and row["pair"] and check["status"] != "not-run":
                yield f"{check['id']} is not run on {'>'.join(row['pair'])}: {row['why']}"
    unasked = [check["id"] for check in result["checks"] if summary.unasked(check) and not summary.left_aside(check)]
    if unasked:
        yield f"{summary.plural(len(unasked), 'check')} nobody asked for: {', '.join(unasked)}"


def _surroundings(result: Result) -> Iterator[tuple[str, str]]:
    """What was run where, in rows of a name and a text."""
    yield "abi-conformance", result["tool"]["version"]
    yield "started", f"{result['started']}, {result['seconds']:.1f} s"
    yield from summary.header(result)
    for compiler in result["compilers"]:
        yield (
            compiler["id"],
            f"{compiler['spec']}, {compiler['version'] or 'of no known version'}, {compiler['target']}",
        )
    for name, option in result.get("options", {}).items():
        value: Any = option["value"]
        yield f"--{name}", f"{', '.join(value) if isinstance(value, list) else value} ({option['from']})"
    gate = result.get("gate", {})
    for name in ("waivers", "shipped", "baseline"):
        if gate.get(name):
            yield {"shipped": "shipped waivers"}.get(name, name), gate[name]
