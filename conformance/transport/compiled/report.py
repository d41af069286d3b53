"""A sanitizer's report as it is kept: the lines that are about the call, with functions by their names."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.toolchain.elf import function_at

MOST_LINES = 12
"""Lines of a report that are kept."""

_PROCESS = re.compile(r"^==\d+==\s?")
_REGISTERS = re.compile(r" at pc 0x.*")
_FRAME = re.compile(r"(#\d+) 0x[0-9a-f]+ .*?\((/.+)\+0x([0-9a-f]+)\)")
_OURS = re.compile(r"runner-[0-9a-f]+$|libc[.-]|ld-linux|libasan|libubsan")
_END = ("SUMMARY:", "HINT:", "Shadow bytes", "Address 0x")


def readable(report: str) -> str:
    """A report without the process's number, its registers, drawings of memory, and frames of the runner.

    The runner has no functions' names looked up: in its children, of which some hundred end in a check, that takes a
    tenth of a second.
    """
    kept: list[str] = []
    for line in report.splitlines():
        words = _REGISTERS.sub("", _PROCESS.sub("", line).strip())
        if words.startswith(_END):
            break
        frame = _FRAME.match(words)
        if frame and not _OURS.search(frame[2]):
            name = function_at(Path(frame[2]), int(frame[3], 16))
            kept.append(f"{frame[1]} {name or 'a function without a name'} in {Path(frame[2]).name}")
        elif not frame and words.strip("="):
            kept.append(words)
    return "\n".join(kept[:MOST_LINES])
