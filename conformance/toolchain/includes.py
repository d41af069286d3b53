"""Reads the contents that a compile depends on: its sources and every header they reach in folders of the user's.

The scanner is simple and errs on the side of too much. It takes every `#include`, quoted or angled, even in a comment
or under a false `#if`, and looks for the name next to the including file and in the include folders; a name found in
several is taken from all of them. A computed include (`#include MACRO`) takes every file of these folders. Names found
nowhere are the compiler's own headers and the system's, which the compiler's identity stands for; that a name was not
found is part of the answer, so a header that appears later changes it.
"""

# Dozens of names are looked up for every build, and a Path costs more than the stat it makes.
# ruff: noqa: PTH116, PTH117, PTH118, PTH120, PTH123

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence
    from pathlib import Path

_INCLUDE = re.compile(
    rb"^[ \t]*(?:\#|%:|\?\?=)(?:[ \t]|/\*.*?\*/)*(?:include|include_next|import|embed)\b(?:[ \t]|/\*.*?\*/)*"
    rb"(?:\"([^\"\n]+)\"|<([^>\n]+)>|([A-Za-z_]))",
    re.MULTILINE,
)
_CONTINUED = re.compile(rb"\\\r?\n")

COMPUTED = "\0computed"
"""Stands among a file's includes for one that only the preprocessor can name."""

_FRESH = 0.1
"""Seconds: a file changed more recently is read again, since its time stamp may not move at the next change."""

_MOST_FILES = 4096


@dataclass(frozen=True)
class Contents:
    """One file: the digest of its bytes, and the names it includes."""

    digest: str
    includes: tuple[str, ...]


def scan(text: bytes) -> tuple[str, ...]:
    """List the names that a C text includes, in order, each once."""
    text = _CONTINUED.sub(b"", text) if b"\\" in text else text
    names: dict[str, None] = {}
    for quoted, angled, macro in _directives(text):
        names[COMPUTED if macro else os.fsdecode(quoted or angled)] = None
    return tuple(names)


def _directives(text: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    if (b"%" in text and b"%:" in text) or (b"?" in text and b"??=" in text):  # other ways to write a number sign
        yield from _INCLUDE.findall(text)
        return
    # Few of a generated text's thousands of lines have one, and to try each line costs more than the digest does.
    at = text.find(b"#")
    while at >= 0:
        found = _INCLUDE.match(text, text.rfind(b"\n", 0, at) + 1)
        if found is not None:
            quoted, angled, macro = found.groups(b"")
            yield quoted, angled, macro
        at = text.find(b"#", at + 1)


class FileReader:
    """Reads files once and remembers what was in them as long as their time stamps stand still; safe among threads."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, int, int], Contents]] = {}
        self._lock = threading.Lock()

    def read(self, path: str | Path) -> Contents | None:
        """Give the contents of a regular file, or None when there is none that can be read."""
        name = os.fspath(path)
        try:
            status = os.stat(name)
        except (OSError, ValueError):
            return None
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        with self._lock:
            known = self._known.get(name)
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            with open(name, "rb") as file:
                raw = file.read()
        except OSError:
            return None
        is_object = raw[:4] == b"\x7fELF"
        contents = Contents(hashlib.sha256(raw).hexdigest(), () if is_object else scan(raw))
        if time.time() - status.st_mtime > _FRESH:
            with self._lock:
                self._known[name] = (stamp, contents)
        return contents

    def reached(
        self,
        names: Iterable[str],
        sources: Iterable[Path],
        folders: Sequence[Path],
        in_memory: Container[str] = (),
    ) -> list[str]:
        """List lines that change whenever something changes that a compile reads.

        It includes `names`, by its texts or by flags, and the files `sources`; what is `in_memory` need not be found.
        """
        search = [str(folder) for folder in folders]
        lines: set[str] = set()
        files: set[str] = set()
        seen: set[tuple[str, str]] = set()
        pending: list[tuple[str, str]] = [("", name) for name in names]
        pending.extend(("", str(source.absolute())) for source in sources)
        while pending:
            beside, name = asked = pending.pop()
            if asked in seen:
                continue
            seen.add(asked)
            if name == COMPUTED:
                pending.extend(("", file) for file in _all_files([beside, *search]))
                continue
            found = False
            for folder in [""] if os.path.isabs(name) else [beside, *search] if beside else search:
                path = os.path.join(folder, name)
                contents = self.read(path)
                if contents is None:
                    continue
                found = True
                if path not in files:
                    files.add(path)
                    lines.add(f"{path}\t{contents.digest}")
                    parent = os.path.dirname(path)
                    pending.extend((parent, included) for included in contents.includes)
            if not found and name not in in_memory:
                lines.add(f"{name}\tnot found")
        return sorted(lines)


def _all_files(folders: Iterable[str]) -> list[str]:
    files: list[str] = []
    for folder in folders:
        if not folder:
            continue
        for parent, _, names in os.walk(folder):
            files.extend(os.path.join(parent, name) for name in sorted(names))
            if len(files) > _MOST_FILES:  # somebody's home directory: past any binding's size
                return files[:_MOST_FILES]
    return files
