"""A folder in the cache that is made once, whole or not at all, whoever else makes it at the same time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import filelock

from conformance.subjects.errors import SubjectError
from conformance.toolchain.cache import default_root


def whole_folder(room: str, name: str, wanted: str, timeout: float, fill: Callable[[Path], None]) -> Path:
    """The folder `name` in a room of the cache; where it is not there, `fill` puts everything into an empty one.

    `wanted` is what it holds, in words; another process that makes it is waited for, `timeout` seconds at most. Raises
    SubjectError.
    """
    path = default_root().absolute() / room / name
    if path.is_dir():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(f"{path}.lock", timeout=timeout):
            if not path.is_dir():
                for left in path.parent.glob(f".{name}.*"):  # by a run that was interrupted
                    shutil.rmtree(left, ignore_errors=True)
                unfinished = path.parent / f".{name}.{os.getpid()}"
                unfinished.mkdir()
                try:
                    fill(unfinished)
                    unfinished.replace(path)
                finally:
                    shutil.rmtree(unfinished, ignore_errors=True)
    except filelock.Timeout:
        raise SubjectError(f"another run has been making {wanted} for too long; end it, or wait for it") from None
    except OSError as error:
        raise SubjectError(
            f"{wanted} cannot be put into {path.parent} ({error.strerror}); make room there, or set "
            "ABI_CONFORMANCE_CACHE to another folder"
        ) from error
    return path
