"""Writing a report whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from conformance.model.errors import UserError


class ReportError(UserError):
    """A report that cannot be written; the message is one sentence with the file and the hint."""


def write_text(path: Path, text: str) -> None:
    """Write beside the target and rename, so that no reader ever sees half a file. Raises ReportError."""
    beside = path.parent / f".{path.name}.{os.getpid()}.tmp"
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
