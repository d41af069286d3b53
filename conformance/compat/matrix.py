"""The two matrices of versions: what both sides are built against by what runs, and callers by callees on the newest.

In the second, a cause is the runtime's where one of the two versions shows it on that runtime by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from attrs import evolve, frozen

from conformance.compat.cells import BREAKING, WORKING, CellCause, CellResult, VersionCell
from conformance.model.errors import CONFORMING, INTERNAL_ERROR, INTERRUPTED, NONCONFORMING, NOTHING_RAN

PENDING = "it has not been run yet"


@frozen
class VersionMatrices:
    """What cells came to, in rows.

    `on_runtimes` has a row a version that sides are built against and a column a runtime, `between_sides` a row a
    caller's version and a column a callee's, on the newest runtime; it has none where callers know no headers.
    """

    versions: tuple[str, ...]
    on_runtimes: tuple[tuple[CellResult, ...], ...]
    between_sides: tuple[tuple[CellResult, ...], ...]

    @property
    def newest(self) -> str:
        """The version that runs in the second matrix."""
        return self.versions[-1]

    @property
    def results(self) -> tuple[CellResult, ...]:
        """All cells, row by row, those that both matrices have in the first one."""
        between = [found for row in self.between_sides for found in row if found.cell.caller != found.cell.callee]
        return (*(found for row in self.on_runtimes for found in row), *between)

    def works(self, built: str) -> dict[str, CellResult]:
        """What code built against a version came to, by the version that runs."""
        return {found.cell.runtime: found for found in self.on_runtimes[self.versions.index(built)]}


@frozen
class GroupedCause:
    """A cause with the cells that it hits; `first` is it in the first of them."""

    first: CellCause
    cells: tuple[VersionCell, ...]


def cells(versions: Sequence[str], *, between_sides: bool = True) -> tuple[VersionCell, ...]:
    """The cells of both matrices, each once: what is all of one version first, then neighbours, then what lies apart.

    All that is compiled is in the cache after the first of them.
    """
    at = {version: place for place, version in enumerate(versions)}
    on_runtimes = [VersionCell(built, built, runtime) for built, runtime in product(versions, versions)]
    on_runtimes.sort(key=lambda cell: abs(at[cell.caller] - at[cell.runtime]))
    between = [
        VersionCell(caller, callee, versions[-1]) for caller, callee in product(versions, versions) if caller != callee
    ]
    between.sort(key=lambda cell: abs(at[cell.caller] - at[cell.callee]))
    return (*on_runtimes, *(between if between_sides else ()))


def matrices(
    versions: Sequence[str], results: Mapping[VersionCell, CellResult], *, between_sides: bool = True
) -> VersionMatrices:
    """The matrices of what cells came to; those that are not there are told to be not run."""

    def result(cell: VersionCell) -> CellResult:
        return results.get(cell) or CellResult(cell, "not-run", PENDING)

    newest = versions[-1]
    return VersionMatrices(
        tuple(versions),
        tuple(tuple(result(VersionCell(built, built, runtime)) for runtime in versions) for built in versions),
        tuple(
            tuple(
                _between(
                    result(VersionCell(caller, callee, newest)),
                    [result(VersionCell(built, built, newest)) for built in (caller, callee)],
                )
                for callee in versions
            )
            for caller in (versions if between_sides else ())
        ),
    )


def _between(found: CellResult, alone: Sequence[CellResult]) -> CellResult:
    """A cell of two sides, with the causes marked that one of them has on this runtime by itself."""
    if found.cell.caller == found.cell.callee:
        return found
    known = {cause.cause for of_one in alone for cause in of_one.causes}
    causes = tuple(evolve(cause, of_runtime=cause.cause in known) for cause in found.causes)
    is_runtimes = found.status in BREAKING and bool(causes) and all(cause.of_runtime for cause in causes)
    return evolve(found, causes=causes, status="runtime" if is_runtimes else found.status)


def grouped(found: VersionMatrices) -> list[GroupedCause]:
    """The causes, each once, with the cells that they hit; those that hit most come first."""
    first: dict[str, CellCause] = {}
    hit: dict[str, dict[VersionCell, None]] = {}
    for result in found.results:
        for cause in result.causes:
            first.setdefault(cause.cause, cause)
            hit.setdefault(cause.cause, {})[result.cell] = None
    groups = [GroupedCause(cause, tuple(hit[name])) for name, cause in first.items()]
    return sorted(groups, key=lambda group: -len(group.cells))


def exit_code(found: VersionMatrices, asked: Sequence[VersionCell], *, complete: bool) -> int:
    """What the command ends with: how the cells did that were `asked` for.

    A cell that breaks, or of which nothing is known as it could not be built, is nonconforming; one whose run died or
    hung is an internal error.
    """
    if not complete:
        return INTERRUPTED
    statuses = [result.status for result in found.results if result.cell in set(asked)]
    if any(status in BREAKING for status in statuses):
        return NONCONFORMING
    if "not-run" in statuses:
        return INTERNAL_ERROR
    if not any(status in WORKING for status in statuses):
        return NOTHING_RAN
    return NONCONFORMING if "unbuilt" in statuses else CONFORMING
