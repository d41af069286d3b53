"""Reads what a user names, results of runs, documents of `compat` and folders of them, into what a site is made of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from attrs import evolve, field, frozen

from conformance.compat import reload
from conformance.compat.cells import CellResult
from conformance.compat.document import DOCUMENT, SCHEMA, Account
from conformance.compat.running import CELLS
from conformance.gate.files import WRITTEN, GateError, checked
from conformance.model.documents import read_json
from conformance.model.errors import NOTHING_RAN, UserError
from conformance.reports.earlier import filled
from conformance.reports.result import Result
from conformance.reports.summary import plural

_HINT = f"{WRITTEN}, or what 'compat NAME --json PATH' wrote"
_OURS = re.compile(r"abi-conformance/(compat/)?\d+")
"""The schemas of results and of matrices of versions; a later one, which cannot be read, is told, not passed over."""

_MOST_PAIRS = 3

T = TypeVar("T", "Run", "StoredMatrices")


class NothingFound(UserError):
    """Nothing that was named holds a result; the message is one sentence with the hint."""

    exit_code = NOTHING_RAN


@frozen
class Run:
    """A run: its result with all keys that a page asks for, when it started, and the name of the folder it lay in.

    `of_cell` says that this is the folder of a cell in the report folder of `compat`.
    """

    result: Result
    started: datetime
    folder: str = field(default="", eq=False)
    of_cell: bool = field(default=False, eq=False)

    @property
    def subject(self) -> str:
        """The name of the subject."""
        return str(self.result["subject"]["name"])

    @property
    def version(self) -> str:
        """The version of the subject that ran."""
        return str(self.result["subject"]["version"])

    @property
    def pairs(self) -> tuple[str, ...]:
        """The pairs, `gcc-O2>tcc`, sorted."""
        return tuple(sorted(">".join(pair) for pair in self.result["pairs"]))

    @property
    def identity(self) -> tuple[str, ...]:
        """What two runs have in common of which only the newer one is shown."""
        return (self.subject, self.version, *self.pairs, str(self.result["seed"]))

    def __str__(self) -> str:
        """`reference 0.1.0, tcc>tcc, seed 0`."""
        pairs = ", ".join(self.pairs) if len(self.pairs) <= _MOST_PAIRS else plural(len(self.pairs), "pair")
        return ", ".join(filter(None, (f"{self.subject} {self.version}", pairs, f"seed {self.result['seed']}")))


@frozen
class StoredMatrices:
    """What versions of a subject came to against each other, as `compat` wrote it."""

    account: Account
    started: datetime

    @property
    def identity(self) -> tuple[str, ...]:
        """What two documents have in common of which only the newer one is shown."""
        account = self.account
        return (account.subject.spec, *account.subject.versions, *account.asked.words)

    def __str__(self) -> str:
        """`versions 0.1.5 to 0.1.12 of tvm-ffi-cpp`."""
        versions = self.account.subject.versions
        return f"versions {versions[0]} to {versions[-1]} of {self.account.subject.spec}"


@frozen
class Collection:
    """All that a site shows, in the order of its identities.

    `cell_runs` are the runs of cells of the matrices, by the name of the cell's folder: versions that are mixed say
    nothing of how each of them does. `left_out` says in sentences what is not shown as a newer one is.
    """

    runs: tuple[Run, ...]
    matrices: tuple[StoredMatrices, ...]
    cell_runs: Mapping[str, Run]
    left_out: tuple[str, ...] = ()

    @property
    def all_runs(self) -> tuple[Run, ...]:
        """The runs, those of cells too."""
        return (*self.runs, *self.cell_runs.values())


@frozen
class _Files:
    """What was read, and how many results of shards are in the folders."""

    runs: tuple[Run, ...] = ()
    matrices: tuple[StoredMatrices, ...] = ()
    shards: int = 0


def collect(paths: Sequence[Path]) -> Collection:
    """Everything in these files and folders, each run and each set of matrices once, the newest of several.

    Raises GateError and DocumentError for a file that is none, and NothingFound where there is nothing at all.
    """
    found = _Files()
    for file, in_folder in _files(paths):
        found = _with(found, file, in_folder=in_folder)
    if not (found.runs or found.matrices):
        shards = f", only {plural(found.shards, 'shard')}, which 'merge' makes one result of" if found.shards else ""
        raise NothingFound(f"{', '.join(map(str, paths))}: there is no result in it{shards}; {_HINT}")
    matrices, older_matrices = _newest(found.matrices, lambda each: repr(each.account))
    folders = {folder_of(cell) for each in matrices for cell in each.account.matrices.results if cell.folder}
    of_cells = [run for run in found.runs if run.of_cell or run.folder in folders]
    runs, older = _newest([run for run in found.runs if not (run.of_cell or run.folder in folders)], _text)
    shown = {run.folder: run for run in sorted(of_cells, key=lambda run: run.started) if run.folder in folders}
    stale = len({run.folder for run in of_cells} - folders)
    notes = (
        (stale, f"runs of cells that no matrix here has: {stale:,}"),
        (found.shards, f"shards in the folders, of which 'merge' makes one result: {found.shards:,}"),
    )
    return Collection(runs, matrices, shown, (*older, *older_matrices, *(said for number, said in notes if number)))


def folder_of(cell: CellResult) -> str:
    """The name of the folder of a cell's run, which no other cell's has; "" where it has none."""
    return cell.folder.rstrip("/").rpartition("/")[2]


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """The files that are named and the JSON files in folders, each once, with whether it is in a folder."""
    known: set[Path] = set()
    for path in paths:
        for file in sorted(path.rglob("*.json")) if path.is_dir() else (path,):
            if file.resolve() not in known and (file == path or file.is_file()):
                known.add(file.resolve())
                yield file, file != path


def _with(found: _Files, file: Path, *, in_folder: bool) -> _Files:
    """What was read, and this file: one that was named has to be ours, one in a folder may be something else."""
    raw = read_json(file, GateError, _HINT)
    schema = raw.get("schema") if isinstance(raw, dict) else None
    if schema == SCHEMA:
        account = reload.account(raw, file)
        return evolve(found, matrices=(*found.matrices, StoredMatrices(account, _aware(account.started))))
    if in_folder and not (isinstance(schema, str) and _OURS.fullmatch(schema)):
        return found
    result = checked(_without_groups(raw), file)
    if "shard" in result:
        if in_folder:
            return evolve(found, shards=found.shards + 1)
        shard = f"shard {result['shard']['number']}/{result['shard']['of']}"
        raise GateError(f"{file}: is {shard} of a run; name what 'merge' makes of all its shards")
    run = Run(filled(result), _started(result, file), file.parent.name, of_cell=_is_of_cell(file))
    return evolve(found, runs=(*found.runs, run))


def _is_of_cell(file: Path) -> bool:
    """Whether a file is in the folder of a cell, in a report folder of `compat`."""
    cells = file.resolve().parent.parent
    return cells.name == CELLS and (cells.parent / DOCUMENT).is_file()


def _without_groups(raw: object) -> object:
    """A result without its counts by kind of case, which are most of it, and which no page shows."""
    return {name: value for name, value in raw.items() if name != "groups"} if isinstance(raw, dict) else raw


def _started(result: Mapping[str, Any], file: Path) -> datetime:
    try:
        return _aware(datetime.fromisoformat(result["started"]))
    except ValueError:
        raise GateError(f"{file}: started is {result['started']!r}, which is no time; {WRITTEN}") from None


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _newest(found: Iterable[T], content: Callable[[T], str]) -> tuple[tuple[T, ...], list[str]]:
    """The newest of those that are alike, by identity, and a sentence for each other one that is not its copy."""
    alike: dict[tuple[str, ...], list[T]] = {}
    for each in found:
        alike.setdefault(each.identity, []).append(each)
    newest, left_out = [], []
    for _, copies in sorted(alike.items()):
        texts = {content(each): each for each in copies} if len(copies) > 1 else {"": copies[0]}
        *older, (_, shown) = sorted(texts.items(), key=lambda copy: (copy[1].started, copy[0]))
        newest.append(shown)
        left_out += [f"{each}: of {_told(each)}, left out for that of {_told(shown)}" for _, each in older]
    return tuple(newest), left_out


def _text(run: Run) -> str:
    return json.dumps(run.result, sort_keys=True, ensure_ascii=False)


def _told(each: Run | StoredMatrices) -> str:
    return each.started.isoformat(timespec="seconds")
