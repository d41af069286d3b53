"""Findings on disk: a folder each, with the case as JSON and a reproducer."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import conformance
from conformance.codegen.reproducer import Commands, Recipe, render
from conformance.findings.stored import FindingError
from conformance.model.case import Case
from conformance.model.outcome import Finding
from conformance.subjects.manifest import Subject, known
from conformance.toolchain.includes import FileReader


def subject_name(subject: Subject) -> str:
    """What to load the subject by again: its name where it ships with the package, else its manifest."""
    shipped = {path.resolve(): name for name, path in known().items() if path.is_file()}
    return shipped.get(subject.manifest, str(subject.manifest))


def write(
    finding: Finding,
    subject: Subject,
    report_dir: Path,
    commands: Commands | None = None,
    specs: Mapping[str, str] | None = None,
) -> Path:
    """Makes the finding's folder under `report_dir`, whole or not at all. Raises FindingError.

    `commands` are the compilers' programs and flags by id; what is no program may be left out or be empty. `specs` are
    what to ask for the compilers by again, by id.
    """

    def fill(folder: Path, case: Case) -> None:
        recipe = _copy(subject, folder, commands or {})
        for name, text in render(case, subject, finding.required, finding.observed, recipe).items():
            _write(folder / name, text)

    return _written(finding, report_dir, subject_name(subject), specs or {}, fill)


def write_called(
    finding: Finding, spec: str, report_dir: Path, files: Callable[[Case], Mapping[str, str]], specs: Mapping[str, str]
) -> Path:
    """The same for a subject that is called and was asked for by `spec`; `files` are those of a reproducer of its own.

    Raises FindingError.
    """

    def fill(folder: Path, case: Case) -> None:
        for name, text in files(case).items():
            if Path(name).name != name:
                raise ValueError(f"the subject names a file {name!r} of its reproducer, which is no plain name")
            _write(folder / name, text)

    return _written(finding, report_dir, spec, specs, fill)


def _written(
    finding: Finding,
    report_dir: Path,
    subject: str,
    specs: Mapping[str, str],
    fill: Callable[[Path, Case], None],
) -> Path:
    target = report_dir / finding.id
    try:
        case = Case.from_json(finding.case)
        recorded = {
            "case": finding.case,
            "subject": subject,
            "verdict": finding.verdict,
            "compilers": {name: specs[name] for name in sorted(_compilers(case)) if name in specs},
            "tool": conformance.__version__,
        }
        report_dir.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{finding.id}.", dir=report_dir))
        try:
            _write(beside / "case.json", _json(finding.case))
            _write(beside / "finding.json", _json(recorded))
            fill(beside, case)
            # mkdtemp's folders are its user's alone; this one is as any other.
            mask = os.umask(0)
            os.umask(mask)
            beside.chmod(0o777 & ~mask)
            _put_in_place(beside, target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        words = f"{error.filename or target}: cannot be written: {error.strerror or error}"
        raise FindingError(f"{words}; name another --report-dir") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FindingError(f"{target}: the finding has no reproducer: {error}") from error
    return target


def _compilers(case: Case) -> set[str]:
    return {case.caller, case.callee, *(one for pair in [case.against] if pair for one in pair)}


def _put_in_place(beside: Path, target: Path) -> None:
    for _ in range(8):
        try:
            beside.rename(target)
        except OSError:
            if not (target.exists() or target.is_symlink()):
                raise
        else:
            return
        if target.is_dir() and not target.is_symlink():
            # The old one must be gone for the new one to come; in between there is none, never half of one.
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
            try:
                target.rename(old / "old")
            except FileNotFoundError:
                continue  # another process was quicker
            finally:
                shutil.rmtree(old, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)
    beside.rename(target)


def _copy(subject: Subject, folder: Path, commands: Commands) -> Recipe:
    """Copies what the subject's C needs, each file where it lies relative to the others."""
    include = tuple(dict.fromkeys((subject.binding.parent, *subject.include)))
    files = list(dict.fromkeys((subject.binding, *subject.sources, *_reached(subject, include))))
    base = Path(os.path.commonpath([*(file.parent for file in files), *include]))

    def place(path: Path) -> str:
        return (Path("subject") / path.relative_to(base)).as_posix()

    for path in files:
        to = folder / place(path)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
    for path in include:
        (folder / place(path)).mkdir(parents=True, exist_ok=True)
    return Recipe(
        binding=place(subject.binding),
        sources=tuple(map(place, subject.sources)),
        include=tuple(map(place, include)),
        libraries=subject.libraries,
        commands=commands,
    )


def _reached(subject: Subject, include: tuple[Path, ...]) -> Iterator[Path]:
    """The files that the binding and the sources include, in folders of the user's."""
    lines = FileReader().reached((), (subject.binding, *subject.sources), include)
    for line in lines:
        name, _, digest = line.partition("\t")
        if digest != "not found":
            yield Path(os.path.normpath(name))


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
