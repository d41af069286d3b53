"""What ends a command before its time: SIGINT, SIGTERM, SIGHUP, each with one line, code 2 and nothing half done."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from conformance.model.errors import INTERRUPTED

EARLY = "INTERRUPTED: before there was anything to report"
"""What a command says that is ended before it has a result."""

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _EndAtOnce:
    """The handler of a start; it speaks through standard error as it was then, out of reach of pytest's capture."""

    def __init__(self) -> None:
        self._stderr = -1
        with suppress(OSError):  # it is closed
            self._stderr = os.dup(2)

    def __call__(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - what a handler is given
        with suppress(OSError):
            os.write(self._stderr, f"{EARLY}\n".encode())
        os._exit(INTERRUPTED)


def end_at_once() -> None:
    """Have a signal end the process where it stands: for a start, which has nothing to tidy up.

    An exception may be lost in the midst of an import, or taken for something else. A signal that is ignored, as under
    nohup, stays so.
    """
    end = _EndAtOnce()
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def end_in_order(*, worker: bool = False) -> Callable[[], None]:
    """Have a signal raise KeyboardInterrupt from now on, as Ctrl-C does; gives what undoes that.

    The first SIGTERM or SIGHUP is heard once, so that another does not cut off the report. A `worker` of xdist leaves
    them to the controller, which ends it. With this undone a command is over that began with `end_at_once`: what comes
    then is ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a handler is given
        for heard in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(heard, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in _ENDING}
    if isinstance(before[signal.SIGINT], _EndAtOnce):
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_IGN if worker else interrupt)

    def undo() -> None:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if isinstance(handler, _EndAtOnce) else handler)

    return undo
