"""One mutant's run: the suite as a user starts it, and what it came to."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.mutants.build import Built, place
from benchmarks.mutants.mutant import Mutant

HANG_LIMIT = 300
"""Seconds after which a run is ended; a mutant whose run does not end by itself is not killed."""

_RUN = (
    "run", "--compiler", "tcc", "--profile", "quick", "--check", "X0-*", "--max-failures", "1", "--no-shrink",
    "--waivers", "none", "--config", "none", "--quiet",
)  # fmt: skip
# The checks of X1 call the unpacked reference, and DYNAMIC repeats what the others do: neither is owed a kill.


@dataclass(frozen=True)
class Trial:
    """What a mutant came to: its exit code (None: it hung), the check that failed, and the cases until then."""

    mutant: Mutant
    subject: str
    code: int | None
    check: str
    cases: int
    seconds: float

    @property
    def killed(self) -> bool:
        """Whether the suite found it; only an orderly end with findings counts."""
        return self.code == 1 and self.check != ""


def attempt(built: Built, arguments: Sequence[str]) -> Trial:
    """Runs the suite against a mutant as one subject after the other, until it is killed; `arguments` come last."""
    started, cases = time.monotonic(), 0
    for subject in built.subjects:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            manifest = place(built.mutant, folder / "reference") / subject
            command = [sys.executable, "-m", "conformance", *_RUN, "--subject", str(manifest)]
            code = _ended([*command, "--report-dir", str(folder / "report"), *arguments], folder)
            check, executed = _result(folder / "report" / "result.json")
        cases += executed
        trial = Trial(built.mutant, subject, code, check, cases, time.monotonic() - started)
        if trial.killed:
            break
    return trial


def _ended(command: Sequence[str], folder: Path) -> int | None:
    """The exit code of a command; None if it was ended after the limit, with all that it started."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        return process.wait(HANG_LIMIT)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def _result(path: Path) -> tuple[str, int]:
    """The failing check, empty if there is none, and how many cases were executed."""
    try:
        result = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return "", 0
    failed = [check["id"] for check in result["checks"] if check["status"] == "fail"]
    return (failed[0] if failed else ""), int(result["counts"]["executed"])
