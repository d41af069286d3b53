"""A Dask cluster as a user starts it: a scheduler and workers, each a process, in a folder of a test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.e2e.commandline import CommandLine, children, until


class DaskCluster:
    """A scheduler with workers that have certain resources; none of them outlives the test."""

    def __init__(self, cli: CommandLine, folder: Path) -> None:
        self._cli = cli
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self.scheduler = self._start(
            *("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        )
        until(lambda: file.is_file() and bool(file.read_text().strip()), 60)
        self.address: str = json.loads(file.read_text())["address"]
        self.workers: list[subprocess.Popen[bytes]] = []

    def add_worker(self, *resources: str) -> subprocess.Popen[bytes]:
        """A worker that runs one unit at a time."""
        told = ("--resources", ",".join(f"{name}=1" for name in resources)) if resources else ()
        fixed = ("--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(self._folder))
        worker = self._start("worker", self.address, *fixed, *told)
        self.workers.append(worker)
        return worker

    def wait(self, count: int) -> None:
        """Until so many workers are known to the scheduler."""
        asked = f"from distributed import Client; Client('{self.address}').wait_for_workers({count}, timeout=60)"
        ended = self._cli.plain(sys.executable, "-c", asked)
        assert ended.returncode == 0, ended.stderr

    def stop(self) -> None:
        """End all of them."""
        for process in self._processes:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]],
            cwd=self._folder,
            env=self._cli.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        return process


def run_of(pid: int) -> list[int]:
    """The processes below a worker of which one makes a run, none where none does."""
    below = children(pid)
    return [child for child, _ in below] if any(" -m conformance run " in words for _, words in below) else []


def kill(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """End a process as the kernel does when memory is short."""
    os.kill(process.pid, signal.SIGKILL)
