"""Reads from C++ headers which classes they define, in which namespace, with which bases and virtual functions.

No compiler is asked, so headers of any release are read as they lie. What is found becomes a program that a compiler
then checks (`compat/probe.py`), so a class that is read wrongly is told there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_NOISE = re.compile(
    r"/\*.*?\*/|//[^\n]*|(?P<text>\"(?:\\.|[^\"\\\n])*\")|^[ \t]*\#(?:[^\n\\]|\\.)*", re.DOTALL | re.MULTILINE
)
_SPOT = re.compile(
    r"\bnamespace\s+(?P<namespace>[\w:]+)\s*\{"
    r"|(?P<template>\btemplate\s*<[^{};]*>\s*)?\b(?<!enum )(?:class|struct)\s+(?:[A-Z][A-Z0-9_]+\s+)?"
    r"(?P<name>\w+)(?P<special>\s*<[^{};]*>)?\s*(?:final\s*)?(?::(?!:)(?P<bases>[^{};]+))?\{"
    r"|\bvirtual\s+(?P<virtual>[^;{}=]*?\b(?P<method>\w+)\s*\((?P<parameters>[^;{}]*?)\)\s*(?P<const>const\b)?)\s*"
    r"(?:noexcept\s*|override\s*|final\s*)*(?=[;{=])"
    r"|(?P<open>\{)|(?P<close>\})"
)
_NAME = re.compile(r"(?:\w+::)*\w+")
_WORD = re.compile(r"\w+")
_MACRO = re.compile(r"^[ \t]*\#[ \t]*define[ \t]+(\w+)((?:[^\n\\]|\\.)*)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class VirtualFunction:
    """A virtual function: its name, the types of its parameters as they are written, and whether it is const."""

    name: str
    parameters: tuple[str, ...]
    const: bool


@dataclass(frozen=True)
class CxxClass:
    """A class that a header defines; `bases` are names as they are written, without template arguments."""

    name: str
    namespace: str
    is_template: bool
    bases: tuple[str, ...]
    virtuals: list[VirtualFunction] = field(default_factory=list)

    @property
    def qualified(self) -> str:
        """Its name with its namespace."""
        return f"{self.namespace}::{self.name}" if self.namespace else self.name


def plain(text: str) -> str:
    """A header without comments, preprocessor lines and the contents of texts; what is left keeps its line."""
    return _NOISE.sub(lambda found: '""' if found["text"] else " " + "\n" * found[0].count("\n"), text)


def lines_told(text: str, macros: Collection[str]) -> frozenset[int]:
    """The lines that a use of one of these macros may pass on as `__LINE__`.

    A use over several lines is told by its first line, or by its last one, as compilers differ.
    """
    if not macros:
        return frozenset()
    code = plain(text)
    told: set[int] = set()
    for use in re.finditer(rf"\b(?:{'|'.join(map(re.escape, sorted(macros)))})\b\s*(?P<open>\()?", code):
        last = _closing(code, use.end()) if use["open"] else use.end()
        told.update(range(code.count("\n", 0, use.start()) + 1, code.count("\n", 0, last) + 2))
    return frozenset(told)


def macros_with_line(texts: Iterable[str]) -> frozenset[str]:
    """The macros of these headers that pass on `__LINE__`, by themselves or by another such macro."""
    bodies: dict[str, set[str]] = {}
    for text in texts:
        for name, body in _MACRO.findall(text):
            bodies.setdefault(name, set()).update(_WORD.findall(body))
    known = {"__LINE__"}
    while more := {name for name, words in bodies.items() if name not in known and words & known}:
        known |= more
    return frozenset(known - {"__LINE__"})


def _closing(code: str, at: int) -> int:
    """Where the bracket ends that opens before `at`."""
    depth = 1
    for end in range(at, len(code)):
        depth += (code[end] == "(") - (code[end] == ")")
        if depth == 0:
            return end
    return at


def classes(text: str) -> Iterator[CxxClass]:
    """The classes of one header that lie in a namespace, not in another class, in their order."""
    scopes: list[str | CxxClass | None] = []
    for spot in _SPOT.finditer(plain(text)):
        if spot["close"]:
            if scopes:
                scopes.pop()
        elif spot["namespace"]:
            scopes.append(spot["namespace"])
        elif spot["name"] and all(isinstance(scope, str) for scope in scopes):
            bases = tuple(_bases(spot["bases"] or ""))
            namespace = "::".join(str(scope) for scope in scopes)
            found = CxxClass(spot["name"], namespace, bool(spot["template"] or spot["special"]), bases)
            scopes.append(found)
            yield found
        elif spot["method"]:
            if scopes and isinstance(scopes[-1], CxxClass):
                parameters = tuple(_parameter(part) for part in split(spot["parameters"]))
                scopes[-1].virtuals.append(VirtualFunction(spot["method"], parameters, bool(spot["const"])))
        else:
            scopes.append(None)


def derived(found: Iterable[CxxClass], roots: Sequence[str]) -> list[CxxClass]:
    """The classes whose bases lead to one of `roots`, and the roots themselves, each once, by name."""
    by_name = {cls.name: cls for cls in found}

    def leads(name: str, before: frozenset[str] = frozenset()) -> bool:
        if name in roots:
            return True
        cls = by_name.get(name)
        return cls is not None and name not in before and any(leads(base, before | {name}) for base in cls.bases)

    return [cls for name, cls in sorted(by_name.items()) if leads(name)]


def split(text: str) -> list[str]:
    """The parts of a list that is parted by commas; those inside brackets part nothing."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "<([{") - (letter in ">)]}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _bases(text: str) -> Iterator[str]:
    for part in split(text):
        words = re.sub(r"\b(?:public|protected|private|virtual)\b", "", part)
        name = _NAME.search(words)
        if name:
            yield name[0].rpartition("::")[2]


def _parameter(text: str) -> str:
    """The type of a parameter: what is written, without its name and its default."""
    before = text.partition("=")[0].strip()
    named = re.fullmatch(r"(.*[\w>&*]\s*[\s&*>])(\w+)", before, re.DOTALL)
    return " ".join((named[1] if named else before).split())
