"""What is known of a runtime's releases, by which a wheel is dated: what the library exports and the headers hold.

It is read from the releases themselves, installed where they are not yet, and kept in the cache: a release does not
change. Where headers and library lie in one is said here for the runtimes that are known.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from conformance.compat.headers import lines_told, macros_with_line, plain
from conformance.compat.wheel_objects import exported
from conformance.reports.files import ReportError, write_text
from conformance.subjects import environments
from conformance.subjects.errors import SubjectError
from conformance.toolchain.cache import default_root

_EDITION = 1
"""Of what is kept of a release: one that another edition wrote is read anew."""


@dataclass(frozen=True)
class ReleaseLayout:
    """Where a release has what others build against: the folder of its headers, those that count, its library."""

    include: str
    headers: str
    binary: str

    @property
    def namespace(self) -> tuple[str, ...]:
        """The namespace that the headers fill; headers lie in a folder of that name."""
        return tuple(self.headers.split("/"))


LAYOUTS = {"apache-tvm-ffi": ReleaseLayout("tvm_ffi/include", "tvm/ffi", "tvm_ffi/lib/libtvm_ffi.so")}
"""By distribution."""


@dataclass(frozen=True)
class ReleaseFacts:
    """What a release shows: symbols of its library, the lines of each header that an error may name, and all names."""

    version: str
    exports: frozenset[str]
    lines: dict[str, frozenset[int]]
    names: frozenset[str]


def layout(distribution: str) -> ReleaseLayout:
    """Where releases of a distribution have headers and library. Raises SubjectError for one that is not known."""
    found = LAYOUTS.get(canonicalize_name(distribution))
    if found is None:
        raise SubjectError(
            f"where releases of {distribution} have their headers is not known, so a wheel cannot be dated by them; "
            "name the version with --built"
        )
    return found


def facts(distribution: str, version: str) -> ReleaseFacts:
    """What is known of a release, from the cache or by installing and reading it. Raises SubjectError."""
    place = layout(distribution)
    kept = default_root() / "compat" / f"{canonicalize_name(distribution)}-{version}.{_EDITION}.json"
    try:
        return _from_json(json.loads(kept.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # none was kept, or what was is damaged: read again
    read = read_release(environments.release(distribution, version), version, place)
    with contextlib.suppress(ReportError):  # a cache that cannot be written only costs time
        write_text(kept, json.dumps(_as_json(read)))
    return read


def read_release(folder: Path, version: str, place: ReleaseLayout) -> ReleaseFacts:
    """What a release that is installed in a folder shows. Raises SubjectError where it has no headers or no library."""
    include = folder / place.include
    texts = {
        str(path.relative_to(include)): path.read_text("utf-8", "replace")
        for path in sorted((include / place.headers).rglob("*.h"))
    }
    try:
        library = (folder / place.binary).read_bytes()
    except OSError:
        library = b""
    if not texts or not library:
        missing = place.binary if texts else f"{place.include}/{place.headers}"
        raise SubjectError(f"{folder} has no {missing}; remove the folder, it is installed anew")
    macros = macros_with_line(texts.values())
    return ReleaseFacts(
        version,
        exported(library),
        {name: lines_told(text, macros) for name, text in texts.items()},
        frozenset(word for text in texts.values() for word in re.findall(r"[A-Za-z_]\w*", plain(text))),
    )


def _as_json(read: ReleaseFacts) -> dict[str, Any]:
    return {
        "version": read.version,
        "exports": sorted(read.exports),
        "lines": {name: sorted(lines) for name, lines in read.lines.items()},
        "names": sorted(read.names),
    }


def _from_json(kept: dict[str, Any]) -> ReleaseFacts:
    return ReleaseFacts(
        kept["version"],
        frozenset(kept["exports"]),
        {name: frozenset(lines) for name, lines in kept["lines"].items()},
        frozenset(kept["names"]),
    )
