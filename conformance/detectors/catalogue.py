"""The detectors that are compared: how each is turned on, when it speaks, and by what it is recognised."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Literal

When = Literal["compile", "link", "run"]

EXIT = 77
"""The exit status by which sanitizers and valgrind are told to end a process that they complain about."""

_GCC = ("gcc", "gcc-14", "gcc-13", "gcc-12", "gcc-11")
_CLANG = (*(f"clang-{version}" for version in range(21, 12, -1)), "clang")
_SANITIZER = f"exitcode={EXIT}:halt_on_error=1:symbolize=0"

ENVIRONMENT = {
    "ASAN_OPTIONS": f"{_SANITIZER}:detect_leaks=0",
    "UBSAN_OPTIONS": _SANITIZER,
    "MSAN_OPTIONS": _SANITIZER,
}
"""Variables that make a sanitizer's runtime end the process at its first report."""


@dataclass(frozen=True)
class Detector:
    """One way to see that a call is wrong.

    `compilers` are looked for in order; `flags` come behind the level `level`. `when` is the stage at which it speaks:
    a warning of the compiler or of the linker, or a report of the program that runs. A report is recognised by the
    expression `report`, or by a signal of `signals` where it only traps. `launcher` is put before the program, with
    `{folder}` for where reports go. `defines` are macros of the rendered program (c_fixtures/templates/detectors).
    """

    name: str
    what: str
    when: When
    compilers: tuple[str, ...]
    flags: tuple[str, ...] = ()
    level: str = "-O1"
    report: str = ""
    signals: tuple[int, ...] = ()
    launcher: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()

    @property
    def by_codes(self) -> bool:
        """Whether it is the convention's own type codes, which are no tool's."""
        return "CHECKED" in self.defines


_TRAPS = (signal.SIGILL, signal.SIGTRAP)

CODES = Detector(
    "type codes",
    "the packed convention's own checks, compiled in as they are shipped",
    "run",
    (*_GCC, *_CLANG),
    defines=("CHECKED",),
)

DETECTORS: tuple[Detector, ...] = (
    CODES,
    Detector(
        "ASan, gcc", "reads and writes outside of objects", "run", _GCC,
        ("-fsanitize=address",), report=r"ERROR: AddressSanitizer: (?!SEGV|BUS|FPE|ILL|ABRT)",
    ),
    Detector(
        "ASan, clang", "reads and writes outside of objects", "run", _CLANG,
        ("-fsanitize=address",), report=r"ERROR: AddressSanitizer: (?!SEGV|BUS|FPE|ILL|ABRT)",
    ),
    Detector(
        "UBSan, gcc", "operations that C leaves undefined", "run", _GCC,
        ("-fsanitize=undefined", "-fno-sanitize-recover=all"), report=r"runtime error: ",
    ),
    Detector(
        "UBSan, clang", "operations that C leaves undefined, but for function types", "run", _CLANG,
        ("-fsanitize=undefined", "-fno-sanitize=function", "-fno-sanitize-recover=all"), report=r"runtime error: ",
    ),
    Detector(
        "MSan", "decisions on memory that was never written", "run", _CLANG,
        ("-fsanitize=memory",), report=r"WARNING: MemorySanitizer: ",
    ),
    Detector(
        "-fsanitize=function", "calls through a pointer of another function type", "run",
        tuple(name for name in _CLANG if name not in ("clang-13", "clang-14", "clang-15", "clang-16")),
        ("-fsanitize=function", "-fno-sanitize-recover=all"), report=r"incorrect function type",
    ),
    Detector(
        "kcfi", "calls through a pointer of another function type", "run", _CLANG,
        ("-fsanitize=kcfi",), signals=_TRAPS,
    ),
    Detector(
        "cfi-icall, LTO", "calls through a pointer of another function type, the whole program in sight", "run", _CLANG,
        ("-flto", "-fvisibility=hidden", "-fsanitize=cfi-icall"), signals=_TRAPS,
    ),
    Detector(
        "valgrind", "reads and writes outside of objects, decisions on memory that was never written", "run", _GCC,
        launcher=(
            "valgrind", "-q", "--partial-loads-ok=no", f"--error-exitcode={EXIT}", "--log-file={folder}/valgrind.%p",
            "--child-silent-after-fork=no", "--leak-check=no",
        ),
        report=r"Invalid (read|write)|uninitialised",
    ),
    Detector(
        "FORTIFY", "copies that overrun what is copied to", "run", _GCC,
        ("-D_FORTIFY_SOURCE=3",), level="-O2", report=r"\*\*\* .* detected \*\*\*", signals=(signal.SIGABRT,),
    ),
    Detector(
        "warnings, gcc", "-Wall -Wextra, casts of function pointers among them", "compile", _GCC,
        ("-Wall", "-Wextra", "-Wcast-function-type"), level="-O2",
    ),
    Detector(
        "warnings, clang", "-Wall -Wextra -Wcast-function-type-strict", "compile",
        tuple(name for name in _CLANG if name not in ("clang-13", "clang-14", "clang-15")),
        ("-Wall", "-Wextra", "-Wcast-function-type-strict"), level="-O2",
    ),
    Detector(
        "LTO warnings, gcc", "declarations of one function that differ, the whole program in sight", "link", _GCC,
        ("-flto=1", "-Wlto-type-mismatch", "-Wodr"), level="-O2", defines=("WRONG_DECLARATION",),
    ),
)  # fmt: skip
"""All of them, in the order of the table. Where gcc and clang both have one, both are asked."""
