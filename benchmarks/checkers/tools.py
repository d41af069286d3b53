"""Runs `abidiff` and `abicheck` over two libraries, and reads from what they write what they call changed."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.compat.wheel_objects import mangled

NAMESPACE = ("tvm", "ffi")
STANDARD = "C++ library"
"""Stands for all symbols of the compiler and of the C++ library, which come and go with the machine of the build."""

TIMEOUT = 1800
"""Seconds; abicheck takes half a minute for two probes where nothing else runs."""

_BLOCK = re.compile(
    r"^  \[C\] '(?P<what>[^\n]*?)'(?: at [^\n]*)?(?: has some|:|$)(?P<body>.*?)(?=^  \[|^\S|\Z)",
    re.DOTALL | re.MULTILINE,
)
_REMOVED = re.compile(r"^  \[D\] (?:'[^\n]*\{(?P<symbol>\w+)[^}\n]*\}|(?P<bare>\w+))", re.MULTILINE)
_ADDED = re.compile(r"^  \[A\] ", re.MULTILINE)
_PROBED = re.compile(r"\b(?:crosses|returns|calls)_\w+")
_SIZE = r"(?P<other>type name [^\n]*\n\s+)?type size (?:changed from (?P<old>\d+) to (?P<new>\d+)|hasn't changed)"
_TYPE = re.compile(
    rf"(?P<member>type of )?'(?:class |struct |enum |union |typedef )?(?P<name>[^'\n]+)'[^\n]*:\n\s+{_SIZE}"
)
_RETURN = re.compile(
    r"'(?:method virtual|function) (?P<returned>[^'\n]*?) (?:\w+::)*?(?P<name>\w+(?:::\w+)?)\([^'\n]*'[^\n]*:\n"
    rf"\s+return type changed:\n\s+{_SIZE}"
)
_GONE = re.compile(r"(?:type|typedef|func|var)_removed")
_STANDARD = re.compile(r"_Z(?:N[KVRO]*)?(?:S[tabsiod]|\d+__)|__")


class CannotRun(Exception):
    """A tool is not there or ends in a way that says nothing; the message is what is told of it."""


@dataclass(frozen=True)
class ToolReport:
    """What a tool says of two libraries: its verdict, what is changed or gone, and how much is new.

    A thing is a name as `thing` writes it, with what changed of it where that is a size in bytes.
    """

    verdict: str
    changed: Mapping[str, str]
    added: int


def abidiff(old: Path, new: Path) -> ToolReport:
    """What `abidiff` says. Raises CannotRun."""
    return read_abidiff(*_run(["abidiff", str(old), str(new)], good=(0, *range(4, 16))))


def read_abidiff(text: str, code: int) -> ToolReport:
    """What a report of abidiff says, which ended with this code.

    Bit 3 of the code stands for what is incompatible for sure, bit 2 for any change.
    """
    changed: dict[str, str] = {}
    for block in _BLOCK.finditer(text):
        told = dict(_told(block[0]))
        for name, size in told.items():
            changed[name] = changed.get(name) or size
        probed = _PROBED.search(block["what"])
        if probed and not told:  # what changed is told in another block
            changed.setdefault(thing(probed[0]), "")
    for found in _REMOVED.finditer(text):
        symbol = found["symbol"] or found["bare"]
        changed[thing(symbol)] = "gone"
    added = len(_ADDED.findall(text))
    verdict = "breaks" if code & 8 else "changes" if changed else "additions" if code & 4 else "nothing"
    return ToolReport(verdict, changed, added)


def _told(block: str) -> Iterator[tuple[str, str]]:
    """The things that a block of a report calls changed themselves; what only leads to one of them is none."""
    for found in _RETURN.finditer(block):
        yield thing(found["name"]), _bytes(found)
        if not found["other"]:
            yield thing(found["returned"]), _bytes(found)
    for found in _TYPE.finditer(block):
        if not found["member"]:
            yield thing(found["name"]), _bytes(found)
        elif not found["other"]:  # told as type and member; a member that is of another type now changed no type
            yield thing(found["name"].rpartition(" ")[0]), _bytes(found)


def _bytes(found: re.Match[str]) -> str:
    return f"{int(found['old']) // 8} → {int(found['new']) // 8}" if found["old"] else ""


def abicheck(old: Path, new: Path) -> ToolReport:
    """What `abicheck compare` says. Raises CannotRun."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        _run(["abicheck", "compare", str(old), str(new), "-o", f"json={report}"], good=(0, 2, 4))
        return read_abicheck(json.loads(report.read_text("utf-8")))


def read_abicheck(report: Mapping[str, Any]) -> ToolReport:
    """What a JSON report of abicheck says; changed is what it calls breaking."""
    changed: dict[str, str] = {}
    for change in report["changes"]:
        if change["severity"] != "breaking":
            continue
        name = thing(change["symbol"])
        if change["kind"] == "type_size_changed":
            changed[name] = f"{int(change['old_value']) // 8} → {int(change['new_value']) // 8}"
        else:
            changed.setdefault(name, "gone" if _GONE.match(change["kind"]) else "")
    verdict = report["verdict"].lower().replace("_", " ")
    return ToolReport(verdict, changed, report["summary"]["compatible_additions"])


def thing(name: str) -> str:
    """A name that both tools' spellings of a type or function come to: `Optional_Function`, `ModuleObj_GetFunction`."""
    if _STANDARD.match(name):
        return STANDARD
    if names := mangled(name, NAMESPACE):
        return "_".join(names)
    bare = re.sub(r"^(?:crosses|calls|returns)_", "", name)
    bare = re.sub(r"::k[A-Z]\w*$", "", bare)  # an enumerator stands for its enumeration
    bare = bare.replace("tvm::ffi::", "").replace(", void", "").replace("long int", "int64_t")
    return re.sub(r"\W+", "_", bare).strip("_")


def versions() -> dict[str, str]:
    """The tools that are there, with what they say of their version."""
    found = {}
    for name in ("abidiff", "abicheck"):
        try:
            found[name] = _run([name, "--version"], good=(0,))[0].strip()
        except CannotRun as error:
            found[name] = f"not there: {error}"
    return found


def _run(argv: Sequence[str], *, good: Sequence[int]) -> tuple[str, int]:
    """Output and exit code of a tool. Raises CannotRun where the code is none of the good ones."""
    try:
        ended = subprocess.run(argv, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except OSError as error:
        raise CannotRun(f"{argv[0]} cannot be started ({error.strerror})") from error
    except subprocess.TimeoutExpired:
        raise CannotRun(f"{argv[0]} did not end within {TIMEOUT} s") from None
    if ended.returncode not in good:
        last = (ended.stderr.strip() or ended.stdout.strip()).rpartition("\n")[2]
        raise CannotRun(f"{argv[0]} ended with {ended.returncode}: {last[:200]}")
    return ended.stdout, ended.returncode
