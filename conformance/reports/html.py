"""The result as one HTML page that needs nothing else: no script, font or picture from elsewhere; light and dark."""

from __future__ import annotations

from pathlib import Path

from conformance.reports import summary
from conformance.reports.causes import told_once
from conformance.reports.files import write_text
from conformance.reports.result import Result


def render(result: Result) -> str:
    """The page."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("conformance.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["thousands"] = lambda n: f"{n:,}"
    page: str = environment.get_template("report.html.j2").render(
        result=result,
        language=summary.reproducer_language(result),
        told=told_once(result["findings"]),
        header=summary.header(result),
        volume=summary.volume(result),
        table=summary.side_by_side(result),
        release=summary.release(result),
        histogram=summary.histogram,
        requirement=lambda check: summary.requirement(check, 10_000),
        words=summary.STATUS_WORDS,
        verdict=summary.verdict_line(result),
    )
    return page


def write(result: Result, path: Path) -> None:
    """Write the page. Raises ReportError."""
    write_text(path, render(result))
