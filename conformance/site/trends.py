"""Trends over the versions of a subject as a picture's bars: problems, causes a check, and cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from attrs import frozen

from conformance.reports.summary import plural
from conformance.site.order import version_key
from conformance.site.standing import SubjectStanding

Look = Literal["some", "none", "unknown", "volume"]
"""How a bar is drawn: what is wrong, a line where nothing is, a dot where nothing is known, how much was run."""

LEFT, GAP = 104, 8
"""Pixels left of the bars, and below each row."""

_NARROW, _WIDE, _LETTER = 44, 120, 7
_TALL, _LOW, _FOOT = 52, 30, 20


@frozen
class TrendBar:
    """One version in one row: pixels from the top left of the picture, the number above it, and what it says."""

    x: int
    y: int
    width: int
    height: int
    look: Look
    number: str
    title: str


@frozen
class TrendRow:
    """A row of bars on a common line, `base` pixels from the top."""

    label: str
    base: int
    bars: tuple[TrendBar, ...]


@frozen
class Trend:
    """A subject with its versions, the oldest first, `ticks` with their places from the left.

    `checks` are those that anything is known of, `quiet` those that ran and found nothing in any version, which have no
    row.
    """

    subject: str
    standings: tuple[SubjectStanding, ...]
    ticks: tuple[tuple[int, str], ...]
    rows: tuple[TrendRow, ...]
    checks: tuple[str, ...]
    quiet: tuple[str, ...]
    width: int
    height: int


Figure = Callable[[SubjectStanding], tuple[int | None, str]]
"""The number of a version, None where it is not known, and what is said of it."""


def trend(found: Iterable[SubjectStanding], checks: Sequence[str]) -> Trend | None:
    """The trend of one subject, None where there is one version only."""
    standings = tuple(sorted(found, key=lambda each: version_key(each.version)))
    if len(standings) < 2:
        return None
    names = [name for name in checks if any(name in each.checks for each in standings)]
    loud = [name for name in names if any(_causes(each, name) for each in standings)]
    step = min(max(_NARROW, *(_LETTER * len(each.version) + 10 for each in standings)), _WIDE)
    figures: list[tuple[str, int, Look, Figure]] = [("problems", _TALL, "some", _problems)]
    figures += [(name, _LOW, "some", _of_check(name)) for name in loud]
    figures += [("cases", _LOW, "volume", _cases)]
    rows, top = [], 0
    for label, tall, look, figure in figures:
        rows.append(_row(label, top, tall, look, step, [figure(each) for each in standings]))
        top += tall + GAP
    ticks = [(_x(at, step) + step // 2, _cut(each.version, step)) for at, each in enumerate(standings)]
    ran = [name for name in names if any(_ran(each, name) for each in standings)]
    quiet = tuple(name for name in ran if name not in loud)
    width = LEFT + step * len(standings)
    return Trend(standings[0].subject, standings, tuple(ticks), tuple(rows), tuple(names), quiet, width, top + _FOOT)


def _row(label: str, top: int, tall: int, look: Look, step: int, told: Sequence[tuple[int | None, str]]) -> TrendRow:
    """Bars as high as their numbers, the highest of which leaves room for its number above."""
    base, most = top + tall, max(1, *(number or 0 for number, _ in told))
    bars = []
    for at, (number, title) in enumerate(told):
        height = round((tall - 14) * number / most) if number else 0
        height = max(height, 2) if number else 0
        drawn: Look = "unknown" if number is None else look if number else "none"
        shown = _short(number) if number else ""
        bars.append(TrendBar(_x(at, step) + step // 4, base - height, step // 2, height, drawn, shown, title))
    return TrendRow(label, base, tuple(bars))


def _x(at: int, step: int) -> int:
    return LEFT + at * step


def _problems(each: SubjectStanding) -> tuple[int | None, str]:
    unknown = not each.problems and each.state in ("unfinished", "nothing")
    return None if unknown else each.problems, f"{each.version}: {each.words}"


def _cases(each: SubjectStanding) -> tuple[int | None, str]:
    return each.cases, f"{each.version}: {plural(each.cases, 'case')}"


def _of_check(name: str) -> Figure:
    def figure(each: SubjectStanding) -> tuple[int | None, str]:
        cell = each.checks.get(name)
        if cell is None or not _ran(each, name):
            return None, f"{name} on {each.version}: {cell.status.replace('-', ' ') if cell else 'not asked for'}"
        told = f"{plural(cell.causes, 'cause')} in {plural(cell.cases, 'case')}"
        return _causes(each, name), f"{name} on {each.version}: {told}"

    return figure


def _causes(each: SubjectStanding, name: str) -> int:
    """The causes of a check's findings; one that fails without a finding counts as one."""
    cell = each.checks.get(name)
    if cell is None:
        return 0
    return cell.causes or int(cell.status == "fail")


def _ran(each: SubjectStanding, name: str) -> bool:
    cell = each.checks.get(name)
    return cell is not None and cell.status not in ("not-run", "not-applicable")


def _short(number: int) -> str:
    """A number in few letters: `950`, `12k`, `3.4M`."""
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number / size:.1f}".removesuffix(".0")[:4].removesuffix(".") + letter
    return str(number)


def _cut(text: str, step: int) -> str:
    most = step // _LETTER
    return text if len(text) <= most else f"{text[: most - 1]}…"
