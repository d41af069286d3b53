"""Findings on disk: a folder each, with the case as JSON and a reproducer."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import conformance
from conformance.findings.record import FindingError
from conformance.model.case import Case
from conformance.model.outcome import Finding

Files = Mapping[str, "str | bytes"]
"""Files by their path in a folder."""


def write(
    finding: Finding, subject: str, specs: Mapping[str, str], report_dir: Path, files: Callable[[Finding], Files]
) -> Path:
    """Makes the finding's folder under `report_dir`, whole or not at all. Raises FindingError.

    `subject` is what to load the subject by again, `specs` what to ask for the compilers by, by id. `files` gives those
    of a stand-alone reproducer.
    """
    target = report_dir / finding.id
    try:
        Case.from_json(finding.case)
        recorded = {
            "case": finding.case,
            "subject": subject,
            "verdict": finding.verdict,
            "compilers": dict(sorted(specs.items())),
            "tool": conformance.__version__,
        }
        report_dir.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{finding.id}.", dir=report_dir))
        try:
            _write(beside / "case.json", _json(finding.case))
            _write(beside / "finding.json", _json(recorded))
            for name, content in files(finding).items():
                _write(_place(beside, name), content)
            # mkdtemp's folders are its user's alone; this one is as any other.
            mask = os.umask(0)
            os.umask(mask)
            beside.chmod(0o777 & ~mask)
            _put_in_place(beside, target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        message = f"{error.filename or target}: cannot be written: {error.strerror or error}"
        raise FindingError(f"{message}; name another --report-dir") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FindingError(f"{target}: the finding has no reproducer: {error}") from error
    return target


def _place(folder: Path, name: str) -> Path:
    """The place of a reproducer's file, which must lie within the folder. Raises ValueError."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"the subject names a file {name!r} of its reproducer, which does not lie in its folder")
    return folder / path


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


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
