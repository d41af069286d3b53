"""Makes one run for a worker: ends it, with all its processes, when its time is over or the worker is gone.

    python -m conformance.campaign.keeper < request > answer

The request is one line of JSON: `argv`, `limit` in seconds, and `files`, texts by name, which lie in the folder that
the run is made in. Standard input then stays open as long as the worker lives. The answer is JSON: how the run ended,
and the text of its result.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from conformance.toolchain import process

_PR_SET_CHILD_SUBREAPER = 36
_REPORTS = "reports"
_RESULT = "result.json"
_SOON = 0.005


def main() -> None:
    """Make the run that is asked for on standard input, and tell what came of it on standard output."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    gone = threading.Event()
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # a worker may hear nothing; a run does
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: gone.set())
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_watch, args=(gone,), daemon=True).start()
    answer = _made(request, gone)
    if not gone.is_set():
        with suppress(BrokenPipeError):
            sys.stdout.write(json.dumps(answer))
            sys.stdout.flush()
    os._exit(0)  # without waiting for the thread that reads


def _watch(gone: threading.Event) -> None:
    """Nothing comes but the end, with the worker's."""
    while os.read(0, 1):
        pass
    gone.set()


def _made(request: dict[str, Any], gone: threading.Event) -> dict[str, Any]:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="abi-campaign-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for file, text in request["files"].items():
            (folder / file).write_text(text, encoding="utf-8")
        # A keeper that is killed itself takes the run along.
        argv = [sys.executable, "-P", "-m", "conformance.compat.child", str(os.getpid()), *request["argv"]]
        argv += ["--report-dir", str(folder / _REPORTS)]
        try:
            ended = process.run(argv, timeout=request["limit"], cwd=folder, env=os.environ, stop=gone)
        finally:
            _end_descendants()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = None
        with suppress(OSError, UnicodeDecodeError):
            result = (folder / _REPORTS / _RESULT).read_text("utf-8")
        return {
            "code": ended.code,
            "output": ended.output,
            "timed_out": ended.timed_out,
            "seconds": round(time.monotonic() - began, 3),
            "processor": round(used.ru_utime + used.ru_stime, 3),
            "result": result,
        }


def _end_descendants() -> None:
    """End what the run has left in other sessions: processes become children of this one when their parent ends."""
    with suppress(ChildProcessError):
        while True:
            with suppress(OSError):
                for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
                    os.kill(int(child), signal.SIGKILL)
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(_SOON)


if __name__ == "__main__":
    main()
