"""Matrices of versions as one HTML page that needs nothing else: heat maps whose cells lead to their causes."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.compat import words
from conformance.compat.cells import STATUSES, CellResult, VersionCell
from conformance.compat.document import Account
from conformance.compat.matrix import PENDING, grouped
from conformance.compat.ranges import ranges
from conformance.reports.page import MAPS, STYLE, environment, script_hash, text_of


def render(account: Account) -> str:
    """The page."""
    found = account.matrices
    script = text_of(MAPS)
    template = environment("conformance.compat").get_template("compat.html.j2")
    between = f"Callers by callees, on {found.newest}"
    page: str = template.render(
        account=account,
        words=words,
        maps=tuple(
            matrix
            for matrix in (
                ("runtimes", "Built against, by what runs", "built against", "what runs", found.on_runtimes),
                ("sides", between, "of callers", "of callees", found.between_sides),
            )
            if matrix[-1]
        ),
        cells=tuple(filter(_says_more, found.results)),
        causes=grouped(found),
        ranges=ranges(found, account.subject.releases),
        statuses=STATUSES,
        yanked={release.version for release in account.subject.releases if release.yanked},
        anchor=lambda cell: _anchor(cell, found.versions),
        says_more=_says_more,
        style=text_of(STYLE),
        script=script,
        script_hash=script_hash(script),
    )
    return page


def _says_more(result: CellResult) -> bool:
    """Whether a cell has more to tell than its symbol does."""
    return bool(result.causes or result.news or (result.why and result.why != PENDING))


def _anchor(cell: VersionCell, versions: Sequence[str]) -> str:
    """Names a cell within the page: a version may hold what an anchor cannot."""
    return "-".join(["c", *(str(versions.index(version)) for version in (cell.caller, cell.callee, cell.runtime))])
