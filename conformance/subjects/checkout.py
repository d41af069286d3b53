"""The tree of one revision of a git checkout, built by its own command: a folder in the cache, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
from pathlib import Path

from conformance.subjects.errors import SubjectError
from conformance.subjects.whole_folder import whole_folder
from conformance.toolchain import process

TIMEOUT = 1800.0
"""Seconds that a build may take."""


def tree(checkout: Path, revision: str, build: str, where: str) -> Path:
    """The folder that `checkout` is in a revision of its repository, built there by the command `build` if it has any.

    `where` is the table that asks for it. Raises SubjectError.
    """
    if not checkout.is_dir():
        raise SubjectError(f"{where} checkout: there is no folder {checkout}; name a git checkout")
    top = _git(checkout, where, "rev-parse", "--show-toplevel")
    commit = _git(checkout, where, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    inside = Path(os.path.relpath(checkout.resolve(), Path(top).resolve()))
    digest = hashlib.sha256(f"{top}\n{inside}\n{build}".encode()).hexdigest()[:12]

    def fill(folder: Path) -> None:
        packed = folder / ".tree.tar"
        _git(Path(top), where, "archive", "--output", str(packed), commit)
        process.run(["tar", "-xf", str(packed), "-C", str(folder)], timeout=TIMEOUT)
        packed.unlink()
        if not (folder / inside).is_dir():
            raise SubjectError(f"{where} revision: {revision} has no folder {inside}; name a checkout that it has")
        if build:
            _built(folder / inside, build, where)

    return whole_folder("checkouts", f"{commit[:12]}-{digest}", f"revision {revision}", TIMEOUT, fill) / inside


def _built(folder: Path, build: str, where: str) -> None:
    ended = process.run(["sh", "-c", build], timeout=TIMEOUT, cwd=folder, env=dict(os.environ))
    if ended.timed_out or ended.flooded:
        raise SubjectError(f"{where} build: {build!r} does not come to an end; mend it, or name another revision")
    if ended.code:
        said = ended.output.strip().splitlines()
        last = f": {said[-1].strip()}" if said else ""
        raise SubjectError(f"{where} build: {shlex.quote(build)} ends with {ended.code}{last}; mend it")


def _git(folder: Path, where: str, *arguments: str) -> str:
    try:
        ended = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False, timeout=TIMEOUT
        )
    except FileNotFoundError:
        raise SubjectError(f"{where} names a revision, and git is not installed; run: apt install git") from None
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        raise SubjectError(
            f"{where}: git {arguments[0]} fails in {folder}: {said[0] if said else 'without a word'}; "
            "name a revision of a git checkout"
        )
    return ended.stdout.strip()
