"""Shows matrices of versions on a terminal: a line a cell as it is done, then the tables, the causes, the ranges."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.output import table
from conformance.compat import words
from conformance.compat.cells import STATUSES, WORKING, CellCause, CellResult, Status, VersionCell
from conformance.compat.document import Account
from conformance.compat.matrix import PENDING, grouped
from conformance.compat.ranges import ranges
from conformance.compat.releases import Versioned
from conformance.model.errors import CONFORMING
from conformance.reports import terminal
from conformance.reports.summary import plural

if TYPE_CHECKING:
    from rich.table import Table

_STYLES: dict[Status, str] = {
    "works": "green",
    "news": "cyan",
    "breaks": "bold red",
    "unloadable": "bold red",
    "itself": "bold magenta",
    "runtime": "yellow",
    "unbuilt": "yellow",
    "not-run": "dim",
}
_MOST_WHYS = 20


def progress(pending: int, kept: int) -> Callable[[CellResult], None]:
    """What is to be called with every cell that is done: it tells how many of `pending` there are, on standard error.

    `kept` are the cells that earlier calls have left.
    """
    if kept:
        click.echo(f"{plural(kept, 'cell')} of earlier calls, {pending:,} to run", err=True)
    count = iter(range(1, pending + 1))

    def done(result: CellResult) -> None:
        why = f": {result.why}" if result.why and result.status not in WORKING else ""
        told = f"{STATUSES[result.status].meaning}{why}"
        click.echo(f"[{next(count)}/{pending}] {result.cell}  {told}", err=True)

    return done


def show(account: Account) -> None:
    """Print everything."""
    out = terminal.console(sys.stdout)
    found, versions = account.matrices, account.matrices.versions
    for label, text in words.header(account):
        click.echo(f"  {label:<10} {text}")
    yanked = {release.version for release in account.subject.releases if release.yanked}
    for title, rows in (
        ("built against, downwards, by what runs", found.on_runtimes),
        (f"callers, downwards, by callees, on {found.newest}", found.between_sides),
    ):
        if rows:
            click.echo(f"\n{title}")
            out.print(_grid(rows, versions, yanked))
    used = {result.status for rows in (found.on_runtimes, found.between_sides) for row in rows for result in row}
    click.echo("\n" + "   ".join(f"{symbol} {meaning}" for name, (symbol, meaning) in STATUSES.items() if name in used))
    _list_causes(account)
    _list_whys(account)
    click.echo("\nranges")
    for each in ranges(found, account.subject.releases):
        click.echo(f"  {each.sentence}")
    word, figures = words.verdict(account)
    click.secho(f"\n{word}: {figures}", bold=True)


def show_origin(wheel: Path, subject: Versioned) -> int:
    """Print what a wheel was built against, with the evidence. Gives the exit code."""
    from conformance.compat.gate import origin

    found = origin(wheel, subject)
    click.echo(found.sentence)
    if found.evidence:
        click.echo("")
        table([("evidence", "what", "in", "so"), *((e.kind, e.what, e.file, e.implies) for e in found.evidence)])
    return CONFORMING


def show_judgement(wheel: Path, built: str, account: Account) -> int:
    """Print whether a wheel may declare what it declares. Gives the exit code."""
    from conformance.compat.gate import judged

    found = judged(wheel, built, account.subject, account.matrices)
    click.secho(found.sentence, bold=True)
    return found.exit_code


def _grid(rows: Sequence[Sequence[CellResult]], versions: Sequence[str], yanked: set[str]) -> Table:
    """A matrix; columns are numbered as rows are, since both are the versions."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    for _ in versions:
        grid.add_column(justify="right", no_wrap=True)
    grid.add_row("", "", *(Text(str(number), "dim") for number in range(1, len(versions) + 1)))
    for number, (version, row) in enumerate(zip(versions, rows, strict=True), 1):
        name = f"{version} (yanked)" if version in yanked else version
        symbols = (Text(STATUSES[result.status].symbol, _STYLES[result.status]) for result in row)
        grid.add_row(Text(str(number), "dim"), name, *symbols)
    return grid


def _list_causes(account: Account) -> None:
    """The causes, those together that hit the same cells: the first in full, of the others what they are."""
    groups = grouped(account.matrices)
    together: dict[tuple[VersionCell, ...], list[CellCause]] = {}
    for group in groups:
        together.setdefault(group.cells, []).append(group.first)
    if groups:
        click.echo(f"\n{plural(len(groups), 'cause')}")
    for cells, (cause, *others) in together.items():
        click.echo("")
        for line in words.places(cells, account.matrices.versions):
            click.echo(line)
        click.secho(f"  {_named(cause)}", fg="red", bold=True)
        for label, text in (("required", cause.required), ("observed", cause.observed), ("replay", cause.replay)):
            click.echo(f"    {label:<10} {text}")
        if cause.reproducer:
            click.echo(f"    {'reproducer':<10} {cause.reproducer}/")
        for other in others:
            click.secho(f"  {_named(other)}", fg="red")
            click.echo(f"    {'replay':<10} {other.replay}")


def _named(cause: CellCause) -> str:
    more = f" and {cause.findings - 1} more" if cause.findings > 1 else ""
    return f"{cause.verdict.upper()}  {cause.check}  {cause.key}{more}"


def _list_whys(account: Account) -> None:
    """What kept cells from running, each reason once with the number of cells."""
    rows = list(_whys(account))
    if rows:
        click.echo("")
        table(rows[:_MOST_WHYS])
    if len(rows) > _MOST_WHYS:
        click.echo(f"and {len(rows) - _MOST_WHYS} more, which the JSON has")


def _whys(account: Account) -> Iterator[tuple[str, str, str]]:
    whys: dict[tuple[str, str], list[str]] = {}
    for result in account.matrices.results:
        if result.why and result.why != PENDING:
            whys.setdefault((result.status, result.why), []).append(str(result.cell))
    for (status, why), cells in whys.items():
        more = f" and {len(cells) - 1} more" if len(cells) > 1 else ""
        yield status.replace("-", " "), f"{cells[0]}{more}", why
