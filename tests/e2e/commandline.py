"""The command line as a user has it: a process in an empty folder, and what it says and leaves."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema

import conformance
from conformance.cli.run import _plugin_name
from conformance.model.schema import schema
from conformance.toolchain.fixtures import root

CHECKOUT = Path(conformance.__file__).parents[1]
BROKEN = root() / "broken"
TIMES = ("started", "seconds")
FOLDER = ".abi-conformance"

Ended = subprocess.CompletedProcess[str]


class CommandLine:
    """Commands in one folder, with a cache of their own; `folders` are searched for further packages."""

    def __init__(self, cwd: Path, cache: Path) -> None:
        self.cwd = cwd
        self.cache = cache
        self.folders: tuple[Path, ...] = ()

    def environment(self, **changes: str) -> dict[str, str]:
        """What a user's shell would have, with nothing of the tests around it."""
        dropped = ("CI", "GITHUB_", "NO_COLOR", "PYTEST_", "HYPOTHESIS_", "PYTHONHASHSEED", "PYTHONWARNINGS", "COV_")
        env = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        # The checkout is searched too, where the package is not installed.
        path = os.pathsep.join(filter(None, (str(CHECKOUT), *map(str, self.folders), env.get("PYTHONPATH"))))
        return {**env, "PYTHONPATH": path, "ABI_CONFORMANCE_CACHE": str(self.cache), **changes}

    def __call__(
        self, *args: str | Path, env: Mapping[str, str] | None = None, wrap: tuple[str, ...] = (), timeout: float = 90
    ) -> Ended:
        """`abi-conformance ARGS`, to its end; `wrap` is what goes before it."""
        return self.plain(*wrap, sys.executable, "-m", "conformance", *args, env=env, timeout=timeout)

    def plain(self, *argv: str | Path, env: Mapping[str, str] | None = None, timeout: float = 90) -> Ended:
        """Any program, to its end."""
        return subprocess.run(
            list(map(str, argv)),
            cwd=self.cwd,
            env=self.environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def pytest(self, *args: str | Path) -> Ended:
        """pytest with the suite, as whoever has it in a project of their own."""
        # Where the package is installed, pytest finds the plugin by itself.
        plugin = [] if _plugin_name() == "abi_conformance" else ["-p", _plugin_name()]
        argv = [sys.executable, "-m", "pytest", *plugin, "-p", "no:cacheprovider", "--pyargs", "conformance.suite"]
        return self.plain(*argv, *args)

    def start(self, *args: str | Path, wrap: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """`abi-conformance ARGS` in a process group of its own, which is waited for by the caller."""
        return subprocess.Popen(
            [*wrap, sys.executable, "-m", "conformance", *map(str, args)],
            cwd=self.cwd,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def on_terminal(self, *args: str | Path, columns: int = 80, **env: str) -> tuple[int, str]:
        """`abi-conformance ARGS` on a terminal of that width: its exit code, and all that it wrote there."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        argv = [sys.executable, "-m", "conformance", *map(str, args)]
        env = self.environment(TERM="xterm-256color", **env)
        process = subprocess.Popen(argv, cwd=self.cwd, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 65536):
                said += chunk
        except OSError:  # the other end is gone
            pass
        finally:
            os.close(ours)
        return process.wait(), said.decode()

    def result(self, path: str | Path = f"{FOLDER}/result.json") -> dict[str, Any]:
        """A result, held against the schema that ships."""
        made: dict[str, Any] = json.loads((self.cwd / path).read_text("utf-8"))
        jsonschema.Draft202012Validator(schema("result-2")).validate(made)
        return made

    def untimed(self, path: str | Path = f"{FOLDER}/result.json") -> dict[str, Any]:
        """A result without what may differ from run to run."""
        return {name: value for name, value in self.result(path).items() if name not in TIMES}

    def left(self) -> list[str]:
        """What lies in the folder."""
        return sorted(path.name for path in self.cwd.iterdir())


def broken(name: str) -> Path:
    """The manifest of a subject that is broken on purpose."""
    return BROKEN / name / "subject.toml"


def one_sentence(ended: Ended) -> str:
    """What bad usage ends with: code 4, one `ERROR:` sentence, nothing of Python's."""
    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    assert not ended.stdout.strip()
    said = [line for line in ended.stderr.splitlines() if line.strip()]
    assert said and said[0].startswith("ERROR: ")
    assert sum(line.startswith("ERROR") for line in said) == 1
    return "\n".join(said)


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that happens in another process."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def hears(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler for a signal, or has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
    caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
    return bool(int(caught, 16) >> (number - 1) & 1)


def children(pid: int) -> list[tuple[int, str]]:
    """The processes below one, at any depth, with their command lines."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[tuple[int, str]] = []
    waiting = [pid]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            waiting.append(child)
            try:
                words = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            found.append((child, words))
    return found


def interrupt(process: subprocess.Popen[str], group: bool, number: signal.Signals = signal.SIGINT) -> None:
    """Ctrl-C or another signal: to the whole group, as a terminal does, or to the process alone."""
    (os.killpg if group else os.kill)(process.pid, number)
