"""Writing a report whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from conformance.model.errors import UserError

_TRIED = 4096
"""Bytes by which a place is tried: a full disk often has room for an empty file."""


class ReportError(UserError):
    """A report that cannot be written; the message is one sentence with the file and the hint."""


def write_text(path: Path, text: str) -> None:
    """Write beside the target and rename, so that no reader ever sees half a file. Raises ReportError."""
    beside = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise ReportError(f"{path} cannot be written ({error.strerror}); name another place for it") from error


def make_folder(folder: Path) -> None:
    """Make a folder and see that it can be written, before there is anything to write. Raises ReportError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(f"{folder} cannot be made ({error.strerror}); name another place for it") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ReportError(f"{folder} cannot be written; name another place for it")


def try_file(path: Path) -> None:
    """Make a file's folder and see that the file can be written, before there is anything to write. Raises ReportError.

    What lies there is left as it is.
    """
    if path.is_dir():
        raise ReportError(f"{path} is a folder; name a file in it")
    if path.exists() and not path.is_file():
        raise ReportError(f"{path} is no file that can be replaced; name another place for it")
    beside = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(bytes(_TRIED))
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise ReportError(f"{path} cannot be written ({error.strerror}); name another place for it") from error


def _beside(path: Path) -> Path:
    return path.parent / f".{path.name}.{os.getpid()}.tmp"
