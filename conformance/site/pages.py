"""All files of a site as texts by their paths: the index, a page a run, a page a set of matrices, the badges."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from conformance import __version__
from conformance.checks import CHECKS
from conformance.compat import page as compat_page
from conformance.compat import words as compat_words
from conformance.compat.cells import CellResult
from conformance.model.errors import UserError
from conformance.reports import html, summary
from conformance.reports.page import MAPS, STYLE, environment, script_hash, text_of
from conformance.reports.result import ELSEWHERE, NOT_SELECTED
from conformance.site import badges
from conformance.site.collect import Collection, Run, StoredMatrices, folder_of
from conformance.site.standing import CheckCell, SubjectStanding, causes, check_names, standings
from conformance.site.trends import LEFT, Trend, trend

INDEX = "index.html"
GENERATOR = "abi-conformance site"
"""What the index says of who made it, by which a folder is known to be a site of ours."""

PARTS = {"runs": ".html", "versions": ".html", "badges": ".svg"}
"""The folders of a site, and how the names of their files end."""

_PACKAGE = "conformance.site"
_UNSAFE = re.compile(r"[^\w.+-]+", re.ASCII)
_LONGEST = 60
_BACK = f"../{INDEX}"

LOOKS = {"pass": "ruled", "fail": "finding", "waived": "is-waived", "not-run": "not-run", "not-applicable": "absent"}
"""The class of a cell, by the status of its check."""

_SYMBOLS = {"pass": "✓", "fail": "✗", "waived": "w", "not-run": "·", "not-applicable": "–"}
_MEANINGS = {
    "pass": "passed",
    "fail": "does not conform; how many causes",
    "waived": "does not conform, and is waived",
    "not-run": "not run",
    "not-applicable": "not applicable",
}


class UnreadableResult(UserError):
    """A result that no page can be made of; the message is one sentence with the run and the hint."""


@frozen
class Site:
    """What the index is made of. Files are named by the identity of what they show, so that links to them stay."""

    collection: Collection
    standings: tuple[SubjectStanding, ...] = field(init=False)
    checks: tuple[str, ...] = field(init=False)
    trends: tuple[Trend, ...] = field(init=False)
    badge_names: Mapping[tuple[str, str], str] = field(init=False)

    @standings.default
    def _standings(self) -> tuple[SubjectStanding, ...]:
        return tuple(standings(self.collection.runs))

    @checks.default
    def _checks(self) -> tuple[str, ...]:
        return tuple(check_names(self.standings, list(CHECKS)))

    @trends.default
    def _trends(self) -> tuple[Trend, ...]:
        subjects = dict.fromkeys(each.subject for each in self.standings)
        groups = ([each for each in self.standings if each.subject == subject] for subject in subjects)
        return tuple(found for group in groups if (found := trend(group, self.checks)) is not None)

    @badge_names.default
    def _badge_names(self) -> Mapping[tuple[str, str], str]:
        """By subject and version; where two would have the same name, each has a digest in it."""
        plain = {(each.subject, each.version): _plain(each.subject, each.version) for each in self.standings}
        taken = [name.lower() for name in plain.values()]
        return {
            key: f"badges/{name if taken.count(name.lower()) == 1 else f'{name}-{_digest(key)}'}.svg"
            for key, name in plain.items()
        }

    def badge(self, standing: SubjectStanding) -> str:
        """Where the badge of a version is."""
        return self.badge_names[standing.subject, standing.version]


def files(collection: Collection) -> dict[str, str]:
    """The texts of all files by their paths in the site. Raises UnreadableResult."""
    site = Site(collection)
    made = {INDEX: _index(site)}
    for run in collection.all_runs:
        try:
            made[run_page(run)] = html.render(run.result, _BACK)
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableResult(f"{run}: its result holds what no run wrote; run it again") from error
    for each in collection.matrices:
        made[matrices_page(each)] = compat_page.render(each.account, _BACK, _cell_pages(collection, "../"))
    for standing in site.standings:
        made[site.badge(standing)] = badges.render(standing)
    return made


def run_page(run: Run) -> str:
    """Where the page of a run is."""
    return f"runs/{_plain(run.subject, run.version)}-{_digest(run.identity)}.html"


def matrices_page(matrices: StoredMatrices) -> str:
    """Where the page of matrices of versions is."""
    return f"versions/{_plain(matrices.account.subject.spec)}-{_digest(matrices.identity)}.html"


def _index(site: Site) -> str:
    collection = site.collection
    script = f"{text_of(MAPS)}\n{text_of('site.js', _PACKAGE)}"
    text: str = (
        environment(_PACKAGE)
        .get_template("index.html.j2")
        .render(
            site=site,
            generator=GENERATOR,
            version=__version__,
            summary=summary,
            words=compat_words,
            says=_says(site.standings),
            unfinished=[run for run in collection.runs if not run.result["complete"]],
            unfinished_matrices=[each for each in collection.matrices if not each.account.complete],
            matrices=[
                (each, compat_page.render_maps(each.account, _leads(each, collection))) for each in collection.matrices
            ],
            matrices_legend=compat_page.legend(),
            runs=sorted(collection.runs, key=lambda run: (run.started, run.identity), reverse=True),
            badges=[(each, badges.render(each)) for each in site.standings],
            run_page=run_page,
            matrices_page=matrices_page,
            symbol=_symbol,
            told=_told,
            looks=LOOKS,
            legend=[(LOOKS[status], symbol, _MEANINGS[status]) for status, symbol in _SYMBOLS.items()],
            asked=_asked,
            left=LEFT,
            newest=_newest(collection.runs),
            style="\n".join(
                (text_of(STYLE), text_of(compat_page.CELLS_STYLE, "conformance.compat"), text_of("site.css", _PACKAGE))
            ),
            script=script,
            script_hash=script_hash(script),
        )
    )
    return text


def _says(found: Sequence[SubjectStanding]) -> str:
    """The site in a sentence."""
    subjects = len({each.subject for each in found})
    conforming = sum(each.state in ("good", "waived") for each in found)
    unknown = sum(each.state in ("unfinished", "nothing") for each in found)
    said = f"{conforming:,} of {summary.plural(len(found), 'version')} of {summary.plural(subjects, 'subject')} conform"
    return said + (f"; of {unknown:,} it is not known" if unknown else "")


def _leads(matrices: StoredMatrices, collection: Collection) -> compat_page.Leads:
    """Where cells in the index lead to: what more there is to tell of them, else their run, else the matrices' page."""
    page, versions = matrices_page(matrices), matrices.account.matrices.versions
    run_of = _cell_pages(collection, "")

    def leads(cell: CellResult) -> str:
        if compat_page.says_more(cell):
            return f"{page}#{compat_page.anchor(cell, versions)}"
        return run_of(cell) or page

    return leads


def _cell_pages(collection: Collection, root: str) -> compat_page.Leads:
    """Where the pages of the runs of cells are, for a page from which `root` leads to the site's own folder."""
    pages = {folder: f"{root}{run_page(run)}" for folder, run in collection.cell_runs.items()}
    return lambda cell: pages.get(folder_of(cell), "")


def _symbol(cell: CheckCell) -> str:
    """What stands in a cell: the number of causes where there are any that nothing excuses."""
    return f"{cell.causes:,}" if cell.status == "fail" and cell.causes else _SYMBOLS[cell.status]


def _told(cell: CheckCell, place: str) -> str:
    """A cell in words."""
    found = [summary.plural(cell.causes, "cause")] if cell.causes else []
    excused = [f"{cell.waived:,} waived"] if cell.waived else []
    counts = ", ".join([*found, *excused, summary.plural(cell.cases, "case")])
    return f"{cell.check}, {place}: {cell.status.replace('-', ' ')}; {counts}"


def _asked(run: Run) -> list[Mapping[str, Any]]:
    """The checks of a run that somebody asked for."""
    return [check for check in run.result["checks"] if not summary.unasked(check)]


def _newest(runs: Iterable[Run]) -> dict[str, Any]:
    """What the script is told: the checks of the newest result of each subject, and the words for them."""
    newest: dict[str, Run] = {}
    for run in sorted(runs, key=lambda run: (run.started, run.identity)):
        newest[run.subject] = run
    return {
        "schema": "abi-conformance/",
        "unasked": [NOT_SELECTED, ELSEWHERE],
        "words": summary.STATUS_WORDS,
        "looks": LOOKS,
        "subjects": {
            name: {
                "version": run.version,
                "started": run.result["started"],
                "page": run_page(run),
                "checks": [_figures(run, check) for check in _asked(run)],
            }
            for name, run in newest.items()
        },
    }


def _figures(run: Run, check: Mapping[str, Any]) -> dict[str, Any]:
    found, _ = causes(run.result, check["id"])
    return {"id": check["id"], "status": check["status"], "cases": check["cases"], "causes": found}


def _plain(*names: str) -> str:
    """Names as a file's: letters, digits and a few marks."""
    return _UNSAFE.sub("_", "-".join(names))[:_LONGEST].lstrip(".-") or "_"


def _digest(identity: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(identity).encode()).hexdigest()[:8]
