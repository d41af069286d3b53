"""Matrices of versions as one HTML page that needs nothing else: heat maps whose cells lead to their causes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from conformance.compat import words
from conformance.compat.cells import STATUSES, CellResult, VersionCell
from conformance.compat.document import Account
from conformance.compat.matrix import PENDING, grouped
from conformance.compat.ranges import ranges
from conformance.reports.page import MAPS, STYLE, environment, script_hash, text_of

CELLS_STYLE = "compat.css"
"""The style of the cells of such matrices."""

Leads = Callable[[CellResult], str]
"""Where a cell leads to, a link, "" where it leads nowhere."""

_PACKAGE = "conformance.compat"


@frozen
class VersionMap:
    """A matrix as it is shown: `name` is its place in the page, `down` and `right` say what its versions are."""

    name: str
    title: str
    down: str
    right: str
    rows: tuple[tuple[CellResult, ...], ...]


def render(account: Account, home: str = "", page_of: Leads = lambda _: "") -> str:
    """The page.

    `home` is where it leads back to, a path relative to it, "" where it stands alone; `page_of` is where the page of a
    cell's run is.
    """
    found = account.matrices
    script = text_of(MAPS)
    page: str = (
        environment(_PACKAGE)
        .get_template("compat.html.j2")
        .render(
            account=account,
            home=home,
            page_of=page_of,
            words=words,
            maps=maps(account),
            leads=lambda result: f"#{anchor(result, found.versions)}" if says_more(result) else "",
            cells=tuple(filter(says_more, found.results)),
            causes=grouped(found),
            ranges=ranges(found, account.subject.releases),
            statuses=STATUSES,
            yanked=_yanked(account),
            anchor=lambda cell: _anchor(cell, found.versions),
            style=text_of(STYLE),
            cells_style=text_of(CELLS_STYLE, _PACKAGE),
            script=script,
            script_hash=script_hash(script),
        )
    )
    return page


def render_maps(account: Account, leads: Leads) -> str:
    """The matrices alone, as a part of another page that has both styles and the script of heat maps."""
    module: Any = environment(_PACKAGE).get_template("matrices.html.j2").module
    versions, yanked = account.matrices.versions, _yanked(account)
    shown = (module.heat_map(each, versions, yanked, STATUSES, leads) for each in maps(account))
    return "".join(f"<div>{each}</div>\n" for each in shown)


def legend() -> str:
    """What the cells of matrices mean, as a part of another page."""
    module: Any = environment(_PACKAGE).get_template("matrices.html.j2").module
    return str(module.legend(STATUSES))


def maps(account: Account) -> tuple[VersionMap, ...]:
    """The matrices of which there is anything, as they are shown."""
    found = account.matrices
    both = (
        VersionMap("runtimes", "Built against, by what runs", "built against", "what runs", found.on_runtimes),
        VersionMap("sides", f"Callers by callees, on {found.newest}", "of callers", "of callees", found.between_sides),
    )
    return tuple(each for each in both if each.rows)


def says_more(result: CellResult) -> bool:
    """Whether a cell has more to tell than its symbol does."""
    return bool(result.causes or result.news or (result.why and result.why != PENDING))


def anchor(result: CellResult, versions: Sequence[str]) -> str:
    """Where in the page more is told of a cell."""
    return _anchor(result.cell, versions)


def _yanked(account: Account) -> set[str]:
    return {release.version for release in account.subject.releases if release.yanked}


def _anchor(cell: VersionCell, versions: Sequence[str]) -> str:
    """Names a cell within the page: a version may hold what an anchor cannot."""
    return "-".join(["c", *(str(versions.index(version)) for version in (cell.caller, cell.callee, cell.runtime))])
