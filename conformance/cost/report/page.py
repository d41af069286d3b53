"""The report as it is read: one self-contained HTML page, and Markdown between the markers of docs/cost.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from conformance.cost.model import CONVENTIONS, INLINED, SIGHTS, FrameResult, FrameTable, InlineResult
from conformance.cost.report import plots
from conformance.cost.report.answers import X0
from conformance.cost.report.claims import Answer, Measured
from conformance.cost.report.plots import Plot, Series
from conformance.cost.timing import NOTHING, ROUTES, CallCost, Missing
from conformance.cost.words import per_cent, size_words

BEGIN = "<!-- measured: begin, written by abi-conformance cost report -->"
END = "<!-- measured: end -->"

SHOWN = (0, 1, 3, 8, 16, 32)
"""The numbers of arguments that tables have."""

_CLOSE = ("direct", "x1_addressed", "x1_copied", "x0_release", "x0_checked", "tvm-ffi")
_FAR = ("x0_checked", "x0_reference", "tvm-llvm", "libffi", "cffi-api", "cffi-abi")
_PYTHON = ("cffi-api", "cffi-abi", "ctypes", "cffi-api-x0", "cffi-abi-x0")
_FRAMES = ("x0_checked", "x1_copied", "x1_passed", "direct")


@dataclass(frozen=True)
class Table:
    """A table of text; the first row is its head, the first column names its rows."""

    title: str
    rows: tuple[tuple[str, ...], ...]


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
    tables = [frame_table(measured.frames), inline_table(measured.inline)]
    tables += [table for cost in measured.calls for table in (call_table(cost), share_table(cost))]
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


def call_table(cost: CallCost) -> Table:
    """Times of all routes by one compiler."""
    counts = [n for n in SHOWN if any(one.n == n for one in cost.calls)]
    rows: list[tuple[str, ...]] = [("ns a call", *(f"n = {n}" for n in counts), "a further one", "of direct, n = 3")]
    for route in ROUTES:
        timed = [cost.of(route, n) for n in counts]
        if any(timed):
            cells = (f"{one.ns.median:.1f} ± {(one.ns.high - one.ns.low) / 2:.1f}" if one else "" for one in timed)
            three, slope = cost.of(route, 3), cost.slope(route)
            ratio = f"{three.ratio.median:.2f} [{three.ratio.low:.2f}, {three.ratio.high:.2f}]" if three else ""
            rows.append((ROUTES[route], *cells, "" if slope is None else f"{slope:.2f}", ratio))
    return Table(f"Calls, {cost.compiler}", tuple(rows))


def frame_table(result: FrameResult | None) -> Table:
    """Stack bytes of all configurations and conventions, with the lines through them."""
    counts = (0, 1, 3, 8, 32, 64)
    rows: list[tuple[str, ...]] = [("bytes", *(f"n = {n}" for n in counts), "as compiled", "without alignment")]
    for table in result.tables if result is not None else ():
        for curve in table.curves:
            sizes = {frame.n: str(frame.bytes) for frame in curve.frames}
            lines = (f"{line.slope:g}n {line.intercept:+g}" for line in (curve.compiled, curve.unaligned))
            name = f"{table.configuration.id}, {CONVENTIONS[curve.convention]}"
            rows.append((name, *(sizes.get(n, "") for n in counts), *lines))
    return Table("Stack of a call", tuple(rows))


def inline_table(result: InlineResult | None) -> Table:
    """How many signatures each configuration compiles to the direct call's code, and what the others have more."""
    rows: list[tuple[str, ...]] = [("callers", "direct's code", "no structures", "instructions", "stores", "bytes")]
    for table in result.tables if result is not None else ():
        for one in table.comparisons:
            name = f"{table.configuration.id}, {SIGHTS[table.sight]}, {INLINED[one.convention]}"
            extra = one.extra
            shares = f"{one.identical} of {one.compared}", f"{one.plain_identical} of {one.plain}"
            rows.append((name, *shares, f"{extra.instructions:+,}", f"{extra.stores:+,}", f"{extra.stack:+,}"))
    return Table("Callers beside the direct call's", tuple(rows))


def share_table(cost: CallCost) -> Table:
    """Times of operators, called checked, with the share that the call has."""
    sizes = sorted({one.size for one in cost.operators if one.operator != NOTHING})
    rows: list[tuple[str, ...]] = [("operator", *map(size_words, sizes))]
    found = {(one.operator, one.route, one.size): one for one in cost.operators}
    for operator in dict.fromkeys(one.operator for one in cost.operators if one.operator != NOTHING):
        for route, label in (("direct", "direct"), (X0, "X0 checked"), ("numpy", "NumPy")):
            timed = [found.get((operator, route, size)) for size in sizes]
            if any(timed):
                rows.append((f"{operator}, {label}", *(_time(one.ns.median) if one else "" for one in timed)))
        shares = [found.get((operator, X0, size)) for size in sizes]
        cells = (per_cent(one.share) if one is not None and one.share is not None else "" for one in shares)
        rows.append((f"{operator}, share of X0 checked", *cells))
    return Table(f"Calls in front of operators, {cost.compiler}", tuple(rows))


def _time(ns: float) -> str:
    for size, unit in ((1e6, "ms"), (1e3, "µs")):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.3g} ns"


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
    gaps: dict[Missing, list[str]] = {}
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
        lines.append("plots: matplotlib is not installed; pip install 'abi-conformance[cost]'")
    return lines


def _markdown(table: Table) -> str:
    head, *rows = (tuple(cell.replace("|", "\\|") for cell in row) for row in table.rows)
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
