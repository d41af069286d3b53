"""Runs one foreign program without a shell, bounded in time and output, and leaves no process of it behind."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence
    from pathlib import Path

KEPT_OUTPUT = 64 * 1024
"""Bytes of output kept; what follows is read and dropped: a talkative program neither blocks nor fills memory."""

FLOOD = 64 * 1024 * 1024
"""Bytes of output after which the program is killed: no compiler has that much to say."""


@dataclass(frozen=True)
class Finished:
    """How a program ended: its exit code (negative: killed by that signal) and what it printed, both streams in one."""

    code: int
    output: str
    timed_out: bool = False
    flooded: bool = False
    stopped: bool = False


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Make the environment for compilers: the user's own, in the C locale, whose words can be searched."""
    return {**os.environ, "LC_ALL": "C", "LANGUAGE": "C", **(extra or {})}


def run(
    argv: Sequence[str],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stop: threading.Event | None = None,
    keep: int = KEPT_OUTPUT,
) -> Finished:
    """Run `argv` in a session of its own until it ends, `timeout` seconds pass, it floods, or `stop` is set.

    The first `keep` bytes of what it prints are kept. Raises OSError when it cannot be started. Whatever happens, its
    whole process group is killed on the way out.
    """
    process = subprocess.Popen(
        list(argv),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=dict(env) if env is not None else environment(),
        start_new_session=True,
    )
    try:
        # From outside and not in a preexec function: that would cost a real fork of a big process, and is unsafe
        # beside threads. The driver has not started its own children yet, and they inherit the limit.
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
        return _watch(process, time.monotonic() + timeout, stop, keep)
    finally:
        # Before the leader is reaped, so that the group's number cannot belong to anyone else.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _watch(process: subprocess.Popen[bytes], deadline: float, stop: threading.Event | None, keep: int) -> Finished:
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    os.set_blocking(pipe, False)
    kept = bytearray()
    total = 0
    try:
        leader = os.pidfd_open(process.pid)
    except (OSError, AttributeError):
        leader = -1  # an old kernel: the poll below wakes up more often instead
    try:
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        if leader >= 0:
            poll.register(leader, select.POLLIN)
        open_pipe = True
        while True:
            ended = _has_ended(process.pid)
            while open_pipe:
                try:
                    chunk = os.read(pipe, 1 << 16)
                except BlockingIOError:
                    break
                if not chunk:
                    poll.unregister(pipe)
                    open_pipe = False
                total += len(chunk)
                kept += chunk[: max(0, keep - len(kept))]
                if total > FLOOD or time.monotonic() > deadline:
                    break
            # A grandchild may still hold the pipe; what matters is the leader, and its output is read by now.
            if ended:
                return Finished(_code(process.pid), _text(kept))
            if total > FLOOD:
                return Finished(-signal.SIGKILL, _text(kept), flooded=True)
            if stop is not None and stop.is_set():
                return Finished(-signal.SIGKILL, _text(kept), stopped=True)
            left = deadline - time.monotonic()
            if left <= 0:
                return Finished(-signal.SIGKILL, _text(kept), timed_out=True)
            poll.poll(1000 * min(left, 0.2 if leader >= 0 else 0.01))
    finally:
        if leader >= 0:
            os.close(leader)


def _has_ended(pid: int) -> bool:
    """Whether the child has ended; it is left unreaped, so that its number stays its own."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _code(pid: int) -> int:
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    if ended is None:  # cannot be: it was seen to have ended
        return 1
    return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status


def _text(raw: bytearray) -> str:
    return raw.decode("utf-8", "replace")
