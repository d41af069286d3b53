"""Writing a report whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


class ReportError(Exception):
    """A report that cannot be written; the message is one sentence with the file and the mend."""


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
