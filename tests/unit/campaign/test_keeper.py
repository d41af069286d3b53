"""The process between a worker and a run: it ends the run, and whatever that started, with the worker."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commandline import until

LEAVES = """
import os, pathlib, subprocess, sys, time
folder = pathlib.Path(sys.argv[sys.argv.index("--report-dir") + 1])
away = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
pathlib.Path("{place}").write_text(f"{os.getpid()} {away.pid} {folder.parent}")
folder.mkdir()
(folder / "result.json").write_text(pathlib.Path("given").read_text())
time.sleep({seconds})
"""
"""A run that starts a process in a session of its own, and leaves a result."""


def start(place: Path, seconds: float, limit: float = 60) -> subprocess.Popen[str]:
    program = LEAVES.replace("{place}", str(place)).replace("{seconds}", str(seconds))
    keeper = subprocess.Popen(
        [sys.executable, "-m", "conformance.campaign.keeper"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert keeper.stdin is not None
    request = {"argv": [sys.executable, "-c", program], "limit": limit, "files": {"given": "{}"}}
    keeper.stdin.write(json.dumps(request) + "\n")
    keeper.stdin.flush()
    return keeper


def answer(keeper: subprocess.Popen[str]) -> dict[str, Any]:
    assert keeper.stdout is not None and keeper.stdin is not None
    told = keeper.stdout.read()
    keeper.stdin.close()
    keeper.stdout.close()
    assert keeper.wait() == 0
    return dict(json.loads(told))


def left(place: Path) -> list[str]:
    """What is still there of a run: its processes, and its folder."""
    *pids, folder = place.read_text().split()
    return [path for path in (*(f"/proc/{pid}" for pid in pids), folder) if Path(path).exists()]


def test_the_result_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    found = answer(start(tmp_path / "place", 0))
    assert (found["code"], found["timed_out"], found["result"]) == (0, False, "{}")
    assert found["processor"] > 0
    assert not left(tmp_path / "place")


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    found = answer(start(tmp_path / "place", 600, limit=1))
    assert found["timed_out"]
    assert not left(tmp_path / "place")


@pytest.mark.parametrize("how", ["worker", "keeper"])
def test_a_run_ends_with_its_worker_and_with_its_keeper(tmp_path: Path, how: str) -> None:
    keeper = start(tmp_path / "place", 600)
    until(lambda: (tmp_path / "place").exists() and len((tmp_path / "place").read_text().split()) == 3)
    assert len(left(tmp_path / "place")) == 3
    assert keeper.stdin is not None and keeper.stdout is not None
    if how == "worker":  # whose end closes the pipe
        keeper.stdin.close()
    else:
        keeper.send_signal(signal.SIGTERM)
    assert keeper.stdout.read() == ""
    keeper.stdin.close()
    keeper.stdout.close()
    assert keeper.wait() == 0
    assert not left(tmp_path / "place")
