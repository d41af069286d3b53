"""The report as it is read: one self-contained HTML page, and Markdown between the markers of docs/cost.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from conformance.cost.model import FrameResult, FrameTable
from conformance.cost.report import plots
from conformance.cost.report.answers import X0
from conformance.cost.report.claims import Answer, Measured
from conformance.cost.report.plots import Plot, Series
from conformance.cost.report.tables import (
    Table,
    call_table,
    counted_table,
    frame_table,
    inline_table,
    share_table,
    ways_table,
)
from conformance.cost.timing import Untimed
from conformance.model import extras

BEGIN = "<!-- measured: begin, written by abi-conformance cost report -->"
END = "<!-- measured: end -->"

# In all of them a colour goes by the place: those that stand in several have the same.
_CLOSE = ("x0_checked", "x1_copied", "x1_addressed", "direct", "x0_release", "tvm-ffi")
_FAR = ("x0_checked", "x0_reference", "tvm-llvm", "libffi", "cffi-api", "cffi-abi")
_PYTHON = ("cffi-api", "cffi-abi", "ctypes", "cffi-api-x0", "cffi-abi-x0")
_FRAMES = ("x0_checked", "x1_copied", "x1_passed", "direct")


@dataclass(frozen=True)
class Page:
    """All that either form shows."""

    setting: tuple[str, ...]
    answers: tuple[Answer, ...]
    plots: tuple[Plot, ...]
    tables: tuple[Table, ...]
    missing: tuple[str, ...]


def page(measured: Measured, answers: tuple[Answer, ...], setting: tuple[str, ...]) -> Page:
    """Puts the page together."""
    tables = [frame_table(measured.frames), ways_table(measured.frames), inline_table(measured.inline)]
    tables += [table for cost in measured.calls for table in (call_table(cost), counted_table(cost), share_table(cost))]
    filled = tuple(table for table in tables if len(table.rows) > 1)
    return Page(setting, answers, tuple(_plots(measured)), filled, tuple(_missing(measured)))


def html(shown: Page) -> str:
    """The page, which needs nothing from elsewhere."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("conformance.cost.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["slug"] = lambda title: re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")
    text: str = environment.get_template("cost.html.j2").render(page=shown)
    return text


def markdown(shown: Page) -> str:
    """What stands between the markers: the setting, the claims with their answers, the tables."""
    parts = ["\n".join(f"- {line}" for line in shown.setting)]
    rows = [("claim", "text", "model", "measured", "answer")]
    rows += [
        (one.claim.id, one.claim.text, one.claim.model, "<br>".join(one.measured), f"**{one.state}**. {one.sentence}")
        for one in shown.answers
    ]
    parts.append(_markdown(Table("", tuple(rows))))
    parts += [f"### {table.title}\n\n{_markdown(table)}" for table in shown.tables]
    if shown.missing:
        parts.append("### Missing\n\n" + "\n".join(f"- {line}" for line in shown.missing))
    return "\n\n".join(parts)


def between_markers(before: str, text: str) -> str | None:
    """The page with the text between its markers, or None where it has none."""
    head, begin, rest = before.partition(BEGIN)
    _, end, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}" if begin and end else None


def new_document() -> str:
    """docs/cost.md as it is where there is none yet, with markers and nothing between."""
    return (Path(__file__).parent / "templates" / "cost.md").read_text("utf-8")


def _plots(measured: Measured) -> list[Plot]:
    drawn = []
    for table in _closest(measured.frames):
        counts = [frame.n for frame in table.curves[0].frames]
        models = [
            Series("12n + 20", counts, [12 * n + 20 for n in counts], model="--"),
            Series("8n + 4", counts, [8 * n + 4 for n in counts], model=":"),
        ]
        drawn.append(plots.frames(table, _FRAMES, models))
    timed = [cost for cost in measured.calls if cost.calls]
    optimised = next((cost for cost in timed if not cost.compiler.endswith("-O0")), None)
    plain = next((cost for cost in timed if cost.compiler.endswith("-O0")), None)
    drawn += [
        plots.call_times(cost, routes, title, log=log)
        for cost, routes, title, log in (
            (optimised, _CLOSE, "Calls, optimised", False),
            (plain, _CLOSE, "Calls, without optimisation", False),
            (optimised, _FAR, "Calls through a runtime", True),
            (optimised, _PYTHON, "Calls from Python", True),
        )
        if cost is not None
    ]
    return drawn + ([plots.shares(optimised, X0)] if optimised is not None else [])


def _closest(result: FrameResult | None) -> list[FrameTable]:
    """For each 32-bit machine the optimised code that is aligned least, where a model can be seen best."""
    found: dict[str, FrameTable] = {}
    for table in result.tables if result is not None else ():
        one = table.configuration
        if one.pointer != 4 or "-O0" in one.spec:
            continue
        if one.machine not in found or one.boundary < found[one.machine].configuration.boundary:
            found[one.machine] = table
    return list(found.values())


def _missing(measured: Measured) -> list[str]:
    gaps: dict[Untimed, list[str]] = {}
    for cost in measured.calls:
        for gap in cost.missing:
            gaps.setdefault(gap, []).append(cost.compiler)
    lines = [
        f"{gap.what} ({', '.join(compilers)}): {gap.why}" + (f"; {gap.mend}" if gap.mend else "")
        for gap, compilers in gaps.items()
    ]
    results = (one for one in (measured.frames, measured.inline) if one is not None)
    lines += dict.fromkeys(f"{gap.spec}: {gap.reason}" for one in results for gap in one.missing)
    lines += [f"{name}: {reason}" for name, reason in (measured.why or {}).items()]
    if not plots.available():
        lines.append(f"plots: matplotlib is not installed; {extras.COST}")
    return lines


def _markdown(table: Table) -> str:
    head, *rows = (tuple(cell.replace("|", "\\|") for cell in row) for row in table.rows)
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
