"""Draws the report's plots as SVG that takes its colours from the page, so that one picture serves light and dark.

matplotlib draws with stand-in colours, which are then replaced by the page's CSS variables. Text stays text, in the
page's own font. Without matplotlib there are no plots, and the page says so.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.cost.messages import size_text
from conformance.cost.model import CONVENTIONS, FrameTable
from conformance.cost.timing import NOTHING, ROUTES, CallCost

SIZE = (4.4, 3.0)
"""Inches: as wide as a phone, so that text is readable there at its own size."""

_TEXT, _LINE = "#010101", "#020202"
_INKS = ("#a10001", "#a20002", "#a30003", "#a40004", "#a50005", "#a60006")
"""Stand-ins that no picture would use: each becomes a variable of the page."""

_VARIABLES = {_TEXT: "var(--text)", _LINE: "var(--line)"} | {
    ink: f"var(--ink-{place})" for place, ink in enumerate(_INKS, 1)
}

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "abi-conformance",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": _TEXT,
    "axes.labelcolor": _TEXT,
    "axes.edgecolor": _LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": _LINE,
    "grid.linewidth": 0.6,
    "xtick.color": _LINE,
    "ytick.color": _LINE,
    "xtick.labelcolor": _TEXT,
    "ytick.labelcolor": _TEXT,
}


@dataclass(frozen=True)
class Series:
    """One line of a plot.

    With `low` and `high`, the interval is shaded. A `model` is drawn in that line style, in the colour of text and
    without marks.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    model: str = ""


@dataclass(frozen=True)
class Key:
    """One entry of a legend: a name, the CSS colour of its line, and its style as CSS has it for borders."""

    label: str
    colour: str
    style: str


@dataclass(frozen=True)
class Plot:
    """A picture, its legend, and what is said below it. `svg` is None where nothing could draw it.

    The legend is text of the page, which breaks its lines as the page does; one in the picture is cut off at its edge.
    """

    title: str
    caption: str
    svg: str | None
    legend: tuple[Key, ...]


def available() -> bool:
    """Whether plots can be drawn here."""
    return importlib.util.find_spec("matplotlib") is not None


def call_times(cost: CallCost, routes: Sequence[str], title: str, log: bool = False) -> Plot:
    """Nanoseconds a call over the number of arguments."""
    series = []
    for route in routes:
        timed = [one for one in cost.calls if one.route == route]
        if timed:
            ns = [one.ns for one in timed]
            series.append(
                Series(
                    ROUTES[route],
                    [one.n for one in timed],
                    [one.median for one in ns],
                    [one.low for one in ns],
                    [one.high for one in ns],
                )
            )
    caption = f"Nanoseconds a call over the number of arguments, {cost.compiler}; medians and their 95 % intervals."
    return Plot(title, caption, draw(series, "arguments", "ns a call", log_y=log), legend(series))


def shares(cost: CallCost, route: str) -> Plot:
    """The call's share in the whole over the size of a tensor, for each operator."""
    series = []
    for operator in dict.fromkeys(one.operator for one in cost.operators if one.operator != NOTHING):
        points = [(one.size, one.share) for one in cost.operators if (one.operator, one.route) == (operator, route)]
        series.append(Series(operator, [size for size, _ in points], [100 * (share or 0) for _, share in points]))
    caption = f"Per cent of the whole that the call takes, {ROUTES[route]}, {cost.compiler}; the dashed line is 1 %."
    if series:
        sizes = [size for one in series for size in one.x]
        series.append(Series("1 %", [min(sizes), max(sizes)], [1, 1], model="--"))
    svg = draw(series, "bytes of a tensor", "% of the whole", log_x=True, log_y=True, x_words=size_text)
    return Plot("The call in front of an operator", caption, svg, legend(series))


def frames(table: FrameTable, conventions: Sequence[str], models: Iterable[Series]) -> Plot:
    """Stack bytes over the number of arguments, without alignment, beside the models."""
    series: list[Series] = []
    for name in conventions:
        curve = next((one for one in table.curves if one.convention == name), None)
        if curve is not None:
            bytes_ = [frame.bytes - frame.parts.alignment for frame in curve.frames]
            series.append(Series(CONVENTIONS[name], [frame.n for frame in curve.frames], bytes_))
    caption = f"Stack bytes of a call over the number of arguments, {table.configuration.id}, without alignment."
    series += models
    svg = draw(series, "arguments", "bytes", marks=False)
    return Plot(f"Stack, {table.configuration.id}", caption, svg, legend(series))


def legend(series: Sequence[Series]) -> tuple[Key, ...]:
    """What stands below a plot of these."""
    inks = iter(_INKS * 2)
    return tuple(
        Key(one.label, _VARIABLES[_TEXT], "dotted" if one.model == ":" else "dashed")
        if one.model
        else Key(one.label, _VARIABLES[next(inks)], "solid")
        for one in series
    )


def draw(
    series: Sequence[Series],
    x_label: str,
    y_label: str,
    *,
    log_x: bool = False,
    log_y: bool = False,
    marks: bool = True,
    x_words: Callable[[int], str] | None = None,
) -> str | None:
    """The lines as one SVG element, or None where there is no matplotlib or nothing to draw."""
    if not series or not available():
        return None
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        axes: Any = figure.subplots()
        inks = iter(_INKS * 2)
        for one in series:
            colour = _TEXT if one.model else next(inks)
            style = {"linestyle": one.model, "linewidth": 1.2} if one.model else {"linewidth": 1.8}
            mark = {"marker": "o", "markersize": 3.5} if marks and not one.model else {}
            axes.plot(one.x, one.y, color=colour, **style, **mark)
            if one.low:
                axes.fill_between(one.x, one.low, one.high, color=colour, alpha=0.12, linewidth=0)
        if log_x:
            axes.set_xscale("log", base=2)
        if log_y:
            axes.set_yscale("log")
        else:
            # By the medians: the interval of a disturbed figure may reach far beyond what there is to see.
            axes.set_ylim(0, 1.1 * max(y for one in series for y in one.y))
        axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.6f}".rstrip("0").rstrip("."))
        if x_words is not None:
            at = sorted({x for one in series for x in one.x})[::2]
            axes.set_xticks(at, [x_words(int(x)) for x in at])
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _for_page(file.getvalue(), f"{y_label} over {x_label}")


def _for_page(svg: str, label: str) -> str:
    """The `svg` element alone: without its own size and font, with the page's colours and ids of its own."""
    prefix = "p" + hashlib.sha256(svg.encode()).hexdigest()[:6]
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg)
    svg = re.sub(r'font-family: [^;"]*', "font-family: inherit", svg)
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\1{prefix}-", svg)
    for stand_in, variable in _VARIABLES.items():
        svg = svg.replace(stand_in, variable)
    return svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1).strip()
