"""Becomes another program that is asked to end when its parent does: `python -m conformance.compat.child PARENT …`."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the program behind the parent's number; a parent that is gone already needs nothing of it."""
    parent, *program = sys.argv[1:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == int(parent):
        os.execv(program[0], program)  # noqa: S606 - which keeps what was asked for


if __name__ == "__main__":
    main()
