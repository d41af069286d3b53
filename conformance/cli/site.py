"""`abi-conformance site`: a static site from many results."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.model.errors import CONFORMING
from conformance.reports.summary import plural


@click.command(name="site", epilog="Ends with 0 whatever the results say, and with 5 where the folders hold none.")
@click.argument("results", nargs=-1, required=True, metavar="RESULT...", type=click.Path(path_type=Path))
@click.option(
    "--output", "folder", metavar="DIR", required=True, type=click.Path(path_type=Path), help="Where the site goes."
)
def command(results: tuple[Path, ...], folder: Path) -> int:
    """Make a static site of results, to be looked at from disk or served by anything.

    RESULT is a result.json that 'run' or 'merge' wrote, a document that 'compat --json' wrote, or a folder with such
    files at any depth. An earlier site in DIR is replaced; a folder that holds anything else is left alone.
    """
    from conformance.site import folder as place
    from conformance.site.collect import collect
    from conformance.site.pages import INDEX, files

    place.check(folder)
    collection = collect(results)
    place.write(folder, files(collection))
    for note in collection.left_out:
        click.echo(f"note: {note}")
    matrices = f" and {len(collection.matrices):,} of matrices of versions" if collection.matrices else ""
    click.echo(f"wrote {folder / INDEX}: pages of {plural(len(collection.all_runs), 'run')}{matrices}")
    return CONFORMING
