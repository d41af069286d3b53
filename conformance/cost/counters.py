"""Hardware counters of this thread through perf_event_open: instructions and branches retired in user mode."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import struct

_NUMBERS = {"x86_64": 298, "i386": 336, "aarch64": 241, "riscv64": 241, "s390x": 331, "ppc64le": 319}
"""The number of perf_event_open in the kernel's table of each machine."""

_INSTRUCTIONS, _BRANCHES = 1, 4  # PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_BRANCH_INSTRUCTIONS
_ATTRIBUTES = struct.Struct("<IIQQQQQ80x")  # the first 128 bytes of perf_event_attr; type 0 is PERF_TYPE_HARDWARE
_EXCLUDE_KERNEL_AND_HYPERVISOR = 1 << 5 | 1 << 6
_RESET = 0x2403  # PERF_EVENT_IOC_RESET

_A_MACHINE = "no package gives them, but a machine, or a virtual one, with a performance monitoring unit (PMU)"
_REASONS = {
    errno.ENOENT: ("this machine offers no hardware counters, as most virtual ones do", _A_MACHINE),
    errno.EOPNOTSUPP: ("this machine's counters do not count instructions and branches", _A_MACHINE),
    errno.EACCES: (
        "the kernel does not allow it: /proc/sys/kernel/perf_event_paranoid is above 2",
        "run sysctl kernel.perf_event_paranoid=2 as root",
    ),
    errno.EPERM: (
        "the kernel or a container's filter does not allow perf_event_open",
        "give the container the capability PERFMON, or run outside it",
    ),
    errno.ENOSYS: ("the kernel has no perf_event_open", "a kernel with CONFIG_PERF_EVENTS has it"),
}


class NoCounters(Exception):
    """Nothing can be counted here; the message says why, and `hint` what would give counters."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.hint = hint


class Counters:
    """Counts from `reset` to `read`. Raises NoCounters where it cannot."""

    def __init__(self) -> None:
        """Opens both counters for the calling thread."""
        self._files = [_open(event) for event in (_INSTRUCTIONS, _BRANCHES)]

    def reset(self) -> None:
        """Begins to count from 0."""
        for file in self._files:
            fcntl.ioctl(file, _RESET, 0)

    def read(self) -> tuple[int, int]:
        """Instructions and branches since `reset`."""
        instructions, branches = (int.from_bytes(os.read(file, 8), "little") for file in self._files)
        return instructions, branches


def _open(event: int) -> int:
    number = _NUMBERS.get(platform.machine())
    if number is None:
        raise NoCounters(f"the number of perf_event_open on {platform.machine()} is not known here")
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = _ATTRIBUTES.pack(0, _ATTRIBUTES.size, event, 0, 0, 0, _EXCLUDE_KERNEL_AND_HYPERVISOR)
    file = int(libc.syscall(number, ctypes.create_string_buffer(attributes), 0, -1, -1, 0))
    if file < 0:
        code = ctypes.get_errno()
        raise NoCounters(*_REASONS.get(code, (os.strerror(code),)))
    return file
