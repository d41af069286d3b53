"""What was measured of detectors as plain data (`abi-conformance/sanitizers/1`) and as the page docs/sanitizers.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from conformance import __version__
from conformance.detectors.program import COLUMNS
from conformance.detectors.result import MATCH, DetectorComparison, MeasuredDetector

SCHEMA = "abi-conformance/sanitizers/1"

_TEMPLATES = Path(__file__).parent / "templates"


def document(comparison: DetectorComparison) -> dict[str, Any]:
    """Everything that was measured; `ends` counts calls by column, class and how they ended."""
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__},
        "seed": comparison.seed,
        "calls": comparison.calls,
        "without": _row(comparison.plain),
        "detectors": [_row(measured) for measured in comparison.measured],
        "missing": [{"name": gap.detector.name, "why": gap.why} for gap in comparison.missing],
    }


def page(comparison: DetectorComparison) -> str:
    """The Markdown page."""
    environment = jinja2.Environment(  # noqa: S701 - what is rendered is Markdown
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["share"] = share
    return environment.get_template("sanitizers.md.j2").render(
        comparison=comparison,
        columns=COLUMNS,
        matched=comparison.calls.get(MATCH, 0),
        wrong=sum(count for cls, count in comparison.calls.items() if cls != MATCH),
        slowdown=slowdown,
        alarms=alarms,
    )


def share(caught: float | None) -> str:
    """A share in percent; a dash where there is none."""
    return "–" if caught is None else f"{100 * caught:.0f} %"


def slowdown(measured: MeasuredDetector) -> str:
    """The slowdowns of the columns in order; empty for what does not run."""
    return " / ".join(f"{measured.slowdown[column]:.1f}" for column in COLUMNS if column in measured.slowdown)


def alarms(measured: MeasuredDetector) -> int:
    """False alarms in all columns of which the detector can speak."""
    return sum(measured.false_alarms(column) for column in COLUMNS if measured.speaks_of(column))


def _row(measured: MeasuredDetector) -> dict[str, Any]:
    ends: dict[str, dict[str, dict[str, int]]] = {}
    for (column, cls, end), count in sorted(measured.ends.items()):
        ends.setdefault(column, {}).setdefault(cls, {})[end] = count
    detector = measured.detector
    return {
        "name": detector.name,
        "sees": detector.what,
        "when": detector.when,
        "compiler": measured.compiler,
        "version": measured.version,
        "launcher": list(detector.launcher),
        "caught": {column: measured.caught(column) for column in COLUMNS},
        "false_alarms": {column: measured.false_alarms(column) for column in COLUMNS if measured.speaks_of(column)},
        "slowdown": measured.slowdown,
        "build": measured.build or None,
        "ends": ends,
    }
