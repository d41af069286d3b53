"""Runs cells, each as a command in a process of its own, and keeps what they came to: no cell runs twice."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import filelock
from attrs import field, frozen

from conformance import __version__, itself
from conformance.compat.cells import CellResult, VersionCell
from conformance.compat.reading import of_end, of_result
from conformance.compat.releases import Versioned
from conformance.model import json as plain
from conformance.model.errors import CONFORMING, INTERNAL_ERROR, INTERRUPTED, NONCONFORMING, NOTHING_RAN
from conformance.model.options import RESULT_FILE
from conformance.registered import ROOT
from conformance.reports.files import make_folder, write_text
from conformance.subjects.errors import SubjectError
from conformance.toolchain import process
from conformance.toolchain.compilers import Compiler, discover, resolve
from conformance.toolchain.fixtures import root

CELLS = "cells"
"""Where in the report folder a folder for each cell lies."""

_KEPT = "cell.json"
_TOLD = (CONFORMING, NONCONFORMING, INTERRUPTED, INTERNAL_ERROR, NOTHING_RAN)
_FINAL = ("works", "news", "breaks", "unloadable", "itself")
_WAIT = 0.5
_UNSAFE = re.compile(r"[^\w.+-]")
_ROOMS = (
    *("checks", "codegen", "engine", "findings", "generation", "model", "oracle", "plugin", "rules", "subjects"),
    *("suite", "toolchain", "transport"),
)
"""What decides what comes of a cell, and of how much it consists; how it is told is read anew."""

_OF_C = ("harness", "include", "templates")

CommandLine = Callable[[VersionCell, Path], list[str]]
"""What runs a cell and leaves its reports in a folder."""


@frozen
class Asked:
    """How cells are run: options of `run`, and `limit`, the seconds that one may take."""

    checks: tuple[str, ...]
    profile: str
    seed: int
    max_examples: int | None
    compilers: tuple[str, ...]
    limit: float

    @property
    def words(self) -> tuple[str, ...]:
        """The options as they are typed."""
        examples = () if self.max_examples is None else ("--max-examples", str(self.max_examples))
        several = (("--check", self.checks), ("--compiler", self.compilers))
        repeated = (word for option, values in several for value in values for word in (option, value))
        return (*repeated, "--profile", self.profile, "--seed", str(self.seed), *examples)


@frozen
class Cells:
    """Cells of a subject with what they depend on.

    `digests` are those of its versions, `problems` says of the others why they cannot be had. `basis` stands for what
    all cells depend on: this package, the machine, the compilers. `command` is what runs one.
    """

    subject: Versioned
    asked: Asked
    folder: Path
    digests: Mapping[str, str]
    problems: Mapping[str, str]
    basis: str
    command: CommandLine = field()

    @command.default
    def _command(self) -> CommandLine:
        return self._run

    def place(self, cell: VersionCell) -> Path:
        """The folder of a cell: another one whenever anything changes that it depends on."""
        told = (cell.caller, cell.callee, cell.runtime)
        key = [self.basis, self.asked.words, *((version, self.digests.get(version)) for version in told)]
        digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:12]
        return self.folder / CELLS / f"{_UNSAFE.sub('_', '+'.join(told))}-{digest}"

    def kept(self, cell: VersionCell) -> CellResult | None:
        """What an earlier run of the cell came to, None where there was none, or none that came to its end."""
        try:
            raw = json.loads((self.place(cell) / _KEPT).read_text("utf-8"))
            return plain.from_json(raw, CellResult)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def run(self, cell: VersionCell, stop: threading.Event) -> CellResult | None:
        """What a cell comes to, None where it is stopped. Another process that runs it is waited for.

        Raises ReportError where nothing can be written.
        """
        problem = next((self.problems[v] for v in (cell.runtime, cell.caller, cell.callee) if v in self.problems), "")
        if problem:
            return CellResult(cell, "unbuilt", problem)
        place = self.place(cell)
        make_folder(place.parent)
        with ExitStack() as stack:
            lock = filelock.FileLock(f"{place}.lock", thread_local=False)
            while not stop.is_set():
                try:
                    stack.enter_context(lock.acquire(timeout=_WAIT))
                except filelock.Timeout:
                    continue
                return self.kept(cell) or self._made(cell, place, stop)
        return None

    def _made(self, cell: VersionCell, place: Path, stop: threading.Event) -> CellResult | None:
        shutil.rmtree(place, ignore_errors=True)  # what an interrupted run has left
        argv = [sys.executable, "-P", "-m", "conformance.compat.child", str(os.getpid()), *self.command(cell, place)]
        ended = process.run(argv, timeout=self.asked.limit, env=itself.environment(), stop=stop)
        if ended.stopped:
            return None
        result = _read(place / RESULT_FILE) if ended.code in _TOLD else None
        if result is None:
            return of_end(cell, ended, self.asked.limit)
        found = of_result(cell, result, place)
        if found.status in _FINAL:
            write_text(place / _KEPT, json.dumps(plain.to_json(found), indent=1, ensure_ascii=False))
        return found

    def _run(self, cell: VersionCell, place: Path) -> list[str]:
        sides = ("--caller-built", cell.caller, "--callee-built", cell.callee)
        fixed = ("--report-dir", str(place), "--config", "none", "--waivers", "none", "--quiet")
        return itself.command("run", "--subject", self.subject.at(cell.runtime), *sides, *self.asked.words, *fixed)


def run_all(
    cells: Cells, wanted: Sequence[VersionCell], workers: int, done: Callable[[CellResult], None]
) -> tuple[dict[VersionCell, CellResult], bool]:
    """What cells come to, `workers` at a time, and whether all came to an end: Ctrl-C keeps what is done."""
    results: dict[VersionCell, CellResult] = {}
    stop = threading.Event()
    pool = ThreadPoolExecutor(workers)
    try:
        for future in as_completed([pool.submit(cells.run, cell, stop) for cell in wanted]):
            result = future.result()
            if result is not None:
                results[result.cell] = result
                done(result)
    except KeyboardInterrupt:
        return results, False
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
    return results, True


def prepared(subject: Versioned, asked: Asked, folder: Path, compilers: Iterable[Compiler]) -> Cells:
    """The cells of a subject, once it is known what its versions are; one that cannot be had fails its cells alone."""
    digests: dict[str, str] = {}
    problems: dict[str, str] = {}
    for version in subject.versions:
        try:
            digests[version] = subject.digest(version)
        except SubjectError as error:
            problems[version] = str(error)
    return Cells(subject, asked, folder, digests, problems, _basis(compilers))


def used_compilers(subject: Versioned, specs: Sequence[str]) -> list[Compiler]:
    """The compilers that make the sides: those that are named, else those that are found.

    Raises ToolchainError, and SubjectError where a subject that compiles its sides itself is to take another.
    """
    if specs and not subject.language:
        raise SubjectError(f"{subject.spec} compiles its sides itself; leave out --compiler")
    return [resolve(spec, cxx=True) for spec in specs] or discover(cxx=subject.language != "c")


def _basis(compilers: Iterable[Compiler]) -> str:
    """What stands for this package, this machine and these compilers, whatever cell is run."""
    lines = [__version__, sys.version, platform.machine(), *sorted(f"{c.id} {c.version} {c.target}" for c in compilers)]
    folders = (*(ROOT / "conformance" / room for room in _ROOMS), *(root() / folder for folder in _OF_C))
    paths = (path for folder in folders for path in sorted(folder.rglob("*")))
    files = (path for path in paths if path.is_file() and path.suffix != ".pyc")
    lines += [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return None
