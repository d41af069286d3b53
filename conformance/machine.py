"""What a run needs of the machine before anything else, and on which processor a process of a run stays."""

from __future__ import annotations

import errno
import os
import resource

from conformance.model.errors import UserError

_FILES = 64
"""Files that a process of a run may have open at a time: compilers, servers and shared memory take some twenty."""

_BYTES = 64 << 20
"""The largest file of a run: compiled libraries, shared memory, the result."""

_SHORT_OF = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.EROFS)


class MachineError(UserError):
    """What the machine does not give; the message is one sentence with what gives it."""


def look() -> None:
    """Raises MachineError for what would end a run in the midst of it."""
    try:
        os.getcwd()  # noqa: PTH109 - whether it can be told is the question
    except OSError:
        raise MachineError("the current folder is not there any more; change to one that is") from None
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= files < _FILES:
        raise MachineError(f"only {files} files may be open at a time; a run needs {_FILES}: ulimit -n {_FILES}")
    size, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if 0 <= size < _BYTES:
        raise MachineError(f"files may only have {size:,} bytes; a run needs {_BYTES:,}: ulimit -f unlimited")


def keep_to_a_processor(number: int, count: int) -> None:
    """Keeps this process, one of `count`, and all that it starts on one processor, where there is one for each.

    It and what makes its calls wait for each other in turns. Left to itself, the kernel wakes each where another
    process of the run is at work: profile ci took a sixth longer on two processors.
    """
    there = sorted(os.sched_getaffinity(0))
    if 1 < count == len(there):
        os.sched_setaffinity(0, {there[number % count]})


def short_of(error: OSError) -> str:
    """A sentence for an error that is the machine's, such as a full disk; "" for any other."""
    if error.errno not in _SHORT_OF:
        return ""
    place = error.filename or "a file, or standard output"
    return f"{place} cannot be written or opened ({error.strerror}); make room, or raise the limit"
