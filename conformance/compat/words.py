"""The words of matrices of versions, worked out once for the terminal and the page."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.compat.cells import BREAKING, WORKING, VersionCell
from conformance.compat.document import Account
from conformance.compat.matrix import PENDING
from conformance.model.errors import CONFORMING
from conformance.reports.summary import EXIT_WORDS, plural


def header(account: Account) -> list[tuple[str, str]]:
    """The lines above everything: what was held against what, and how."""
    asked, found = account.asked, account.matrices
    within = f", in {account.versions}" if account.versions else ""
    compilers = ", ".join(f"{c.id} ({c.version})" if c.version else c.id for c in account.compilers)
    if not account.subject.language:
        compilers = f"as the subject chooses, of {compilers or 'none that is found'}"
    rows = [
        ("subject", account.subject.spec),
        ("versions", f"{found.versions[0]} to {found.newest}, {len(found.versions)} of them{within}"),
        ("compilers", compilers),
        ("profile", f"{asked.profile} · seed {asked.seed} · {', '.join(asked.checks)}"),
    ]
    return [*rows, *(("note", note) for note in _notes(account))]


def _notes(account: Account) -> list[str]:
    releases = account.subject.releases
    yanked = [release.version for release in releases if release.yanked]
    unknown = any(release.yanked is None for release in releases)
    return [
        *([f"yanked: {', '.join(yanked)}"] if yanked else []),
        *(["the index does not tell which releases were yanked"] if unknown else []),
    ]


def verdict(account: Account) -> tuple[str, str]:
    """The last line: in a word, and the figures."""
    statuses = [result.status for result in account.matrices.results]
    works = sum(status in WORKING for status in statuses)
    broken = sum(status in BREAKING for status in statuses)
    unbuilt = statuses.count("unbuilt")
    pending = sum(result.status == "not-run" and result.why == PENDING for result in account.matrices.results)
    died = statuses.count("not-run") - pending
    parts = [f"{works:,} of {plural(len(statuses), 'cell')} {'work' if works != 1 else 'works'}"]
    counted = ((broken, "break"), (unbuilt, "could not be built"), (died, "not run"), (pending, "still to run"))
    parts += [f"{count:,} {words}" for count, words in counted if count]
    word = EXIT_WORDS[account.exit_code]
    if account.exit_code == CONFORMING:
        word = "NO BREAK"
    return word, ", ".join(parts)


def places(cells: Sequence[VersionCell], versions: Sequence[str]) -> list[str]:
    """Cells in few words: `built 1.0 on 1.1 to 1.3, 1.6`, and `1.0 calls 1.1, on 1.6`."""
    runtimes: dict[str, list[str]] = {}
    callees: dict[str, list[str]] = {}
    for cell in cells:
        if cell.caller == cell.callee:
            runtimes.setdefault(cell.caller, []).append(cell.runtime)
        else:
            callees.setdefault(cell.caller, []).append(cell.callee)
    lines = [f"built {built} on {spans(names, versions)}" for built, names in runtimes.items()]
    return lines + [f"{caller} calls {spans(names, versions)}, on {versions[-1]}" for caller, names in callees.items()]


def spans(names: Sequence[str], versions: Sequence[str]) -> str:
    """Versions, neighbours as `1.1 to 1.3`."""
    at = sorted(versions.index(name) for name in names)
    runs: list[list[int]] = []
    for place in at:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(
        " to ".join(versions[place] for place in dict.fromkeys((run[0], run[-1]))) if len(run) > 2
        else ", ".join(versions[place] for place in run)
        for run in runs
    )  # fmt: skip
