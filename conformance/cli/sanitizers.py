"""`abi-conformance sanitizers`: who catches which mismatches: type codes, sanitizers, warnings, LTO."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli import suggest
from conformance.cli.output import as_json, table
from conformance.reports.summary import plural

if TYPE_CHECKING:
    from conformance.detectors.result import DetectorComparison


@click.command()
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="What draws the mistakes.")
@click.option(
    "--calls", type=click.IntRange(1, 200), default=12, show_default=True, help="How many of each mismatch class."
)
@click.option("--detector", "names", metavar="NAME", multiple=True, help="Only this one; repeatable. Usual: all.")
@click.option(
    "--page", metavar="PATH", type=click.Path(path_type=Path, dir_okay=False), help="Write the tables as Markdown."
)
@click.option("--json", "machine", is_flag=True, help="Every number, as JSON on standard output.")
def command(seed: int, calls: int, names: tuple[str, ...], page: Path | None, machine: bool) -> int:
    """Who catches which mismatches, and when, in packed, unpacked and direct calls."""
    from conformance.detectors.document import document
    from conformance.detectors.document import page as as_page
    from conformance.detectors.measure import compare
    from conformance.reports.files import try_file, write_text

    if page is not None:
        try_file(page)
    comparison = compare(seed, calls, _known(names), lambda what: click.echo(f"asking {what}", err=True))
    if page is not None:
        write_text(page, as_page(comparison))
    if machine:
        as_json(document(comparison))
    else:
        _show(comparison)
        if page is not None:
            click.echo(f"wrote {page}")
    return 0


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    """The detectors that were named, by a name or its beginning (`ASan` is both of its compilers)."""
    from conformance.detectors.catalogue import DETECTORS

    known = [detector.name for detector in DETECTORS]
    found: dict[str, None] = {}
    for name in names:
        meant = [full for full in known if full.lower() == name.lower() or full.lower().startswith(f"{name.lower()}, ")]
        if not meant:
            raise click.UsageError(f"there is no detector '{name}'; {suggest(name, known)}")
        found.update(dict.fromkeys(meant))
    return tuple(found)


def _show(comparison: DetectorComparison) -> None:
    from conformance.detectors.document import alarms, share, slowdown
    from conformance.detectors.program import COLUMNS
    from conformance.detectors.result import MATCH

    wrong = sum(count for cls, count in comparison.calls.items() if cls != MATCH)
    click.echo(
        f"{plural(wrong, 'mistake')} and {plural(comparison.calls.get(MATCH, 0), 'matched call')}, "
        f"seed {comparison.seed}: shares that are caught"
    )
    rows: list[tuple[str, ...]] = [("detector", "speaks", *COLUMNS, "false alarms", "slowdown", "by")]
    for measured in comparison.measured:
        caught = (share(measured.caught(column)) for column in COLUMNS)
        detector = measured.detector
        rows.append(
            (detector.name, detector.when, *caught, str(alarms(measured)), slowdown(measured), measured.compiler)
        )
    table(rows)
    for gap in comparison.missing:
        click.secho(f"missing  {gap.detector.name}: {gap.why.splitlines()[0]}", dim=True)
