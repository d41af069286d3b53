"""Builds and runs a finding's stand-alone reproducer once, to say beforehand where it does not show the finding."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from conformance.model.outcome import NOT_BUILT, NOT_SHOWN, SHOWN, Reproduced
from conformance.subjects.environments import RELEASES
from conformance.toolchain.cache import default_root

_LIMIT = 180.0
"""Seconds that building and running one may take."""

REMARK = "its stand-alone reproducer does not show it here: make or the compilers may lay the call out otherwise"
"""What is told of a finding whose reproducer conforms."""

GENERIC = "generic stubs show it; its stand-alone reproducer, whose stubs are compiled for its signatures, does not"
"""What is told of one that generic stubs have shown."""


def verify(folder: Path) -> Reproduced:
    """What the reproducer in a finding's folder comes to; the folder is left as it is.

    Kept in the cache by what the folder holds, so the reproducer of a known finding is not built again.
    """
    known = default_root() / "reproducers" / _digest(folder)
    with suppress(OSError):
        text = known.read_text("utf-8")
        return next((word for word in (SHOWN, NOT_SHOWN) if word == text), NOT_BUILT)
    try:
        found = _run(folder)
    except subprocess.TimeoutExpired:
        return NOT_BUILT  # on a machine this busy; another time it may be
    with suppress(OSError):
        known.parent.mkdir(parents=True, exist_ok=True)
        beside = known.with_suffix(f".{os.getpid()}")
        beside.write_text(found, "utf-8")
        beside.replace(known)
    return found


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".json"):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


def _copy_as_old(source: str, target: str) -> str:
    """Copies a file, older than every side that is there: a side's name says what it is made of, so none is stale."""
    shutil.copyfile(source, target)
    os.utime(target, (0, 0))
    return target


def _run(folder: Path) -> Reproduced:
    if (folder / "Makefile").is_file() and shutil.which("make"):
        command = ["make", "--no-print-directory", "-s", "check"]
    elif (folder / "reproduce.py").is_file():
        command = [sys.executable, "reproduce.py"]
    else:
        return NOT_BUILT
    sides = default_root() / "sides"
    if command[0] == "make":
        sides.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="abi-reproducer-") as name:
        place = Path(name) / "reproducer"
        shutil.copytree(folder, place, copy_function=_copy_as_old)
        with subprocess.Popen(
            command,
            cwd=place,
            env={**os.environ, "PACKAGES": str(default_root() / RELEASES), "SIDES": str(sides)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                said, _ = process.communicate(timeout=_LIMIT)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    if process.returncode == 0:
        return NOT_SHOWN
    script = command[0] == sys.executable
    return SHOWN if "NONCONFORMING" in said or (script and process.returncode == 1) else NOT_BUILT
