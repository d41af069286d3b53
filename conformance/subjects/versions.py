"""The versions of a subject that is built: what a table `[versions.X]` of its manifest changes.

    [versions."1.2"]
    include = ["v1.2/include"]      # in place of [build]'s; so are sources, flags and libraries
    defines = ["ACME_VERSION=12"]   # beside [build]'s; one of the same name takes its place

    [versions."1.3"]
    revision = "v1.3"               # of the git checkout that holds the manifest, or of `checkout`
    build = "make lib"              # run there once; all paths are then relative to that revision's tree

The headers of a version are what its sides are built against, its sources and libraries what its runtime is.
"""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from conformance.subjects import checkout
from conformance.subjects.errors import SubjectError

UNTOLD = "0"
"""The version of a subject whose manifest names none."""

_OF_SUBJECT = ("rules", "kinds", "claims")
_OF_CHECKOUT = ("revision", "checkout", "build")


def unquoted(raw: dict[str, Any]) -> str:
    """What is wrong with a version whose points TOML takes for tables in tables, "" where there is none."""
    tables = raw.get("versions")
    for name, table in tables.items() if isinstance(tables, dict) else ():
        inner = next((key for key, value in table.items() if isinstance(value, dict)), None) if _is(table) else None
        if inner is not None:
            return f'[versions.{name}.{inner}] is a table in a table; write a version in quotes: [versions."1.2"]'
    return ""


def _is(table: object) -> bool:
    return isinstance(table, dict)


def named(raw: dict[str, Any]) -> tuple[str, ...]:
    """The versions that a manifest names, its own among them; none where it has no [versions.X]."""
    told = raw["subject"].get("version")
    every = list(dict.fromkeys([*raw.get("versions", {}), *([told] if told else [])]))
    with suppress(InvalidVersion):  # else they are in the order in which they are written
        every.sort(key=Version)
    return tuple(every) if raw.get("versions") else ()


def own(raw: dict[str, Any]) -> str:
    """The version that a manifest is about unless another is asked for: the one of [subject], else the newest."""
    every = named(raw)
    return str(raw["subject"].get("version") or (every[-1] if every else UNTOLD))


def at(raw: dict[str, Any], version: str, path: Path) -> tuple[dict[str, Any], Path]:
    """What a manifest says of one of its versions, and the folder that its paths are relative to. Raises SubjectError.

    A revision is built, if it has not been.
    """
    table = raw.get("versions", {}).get(version)
    if table is None:
        raise SubjectError(f"{path}: {_unknown(raw, version)}")
    stray = next((key for key in _OF_CHECKOUT[1:] if key in table and "revision" not in table), None)
    if stray:
        raise SubjectError(
            f'{path}: [versions.{version}] {stray} says nothing without revision = "TAG"; add that, or leave it out'
        )
    head = {**raw["subject"], "version": version, **{key: table[key] for key in _OF_SUBJECT if key in table}}
    changed = {key: value for key, value in table.items() if key not in (*_OF_SUBJECT, *_OF_CHECKOUT, "defines")}
    defines = _merged(raw["build"].get("defines", []), table.get("defines", []))
    build = {**raw["build"], **changed, **({"defines": defines} if defines else {})}
    home = path.parent
    if "revision" in table:
        where = f"{path}: [versions.{version}]"
        home = checkout.tree(path.parent / table.get("checkout", "."), table["revision"], table.get("build", ""), where)
    return {**raw, "subject": head, "build": build}, home


def _unknown(raw: dict[str, Any], version: str) -> str:
    every = named(raw)
    if not every:
        return f"has no version '{version}', and no [versions.X] at all; add [versions.\"{version}\"], or leave it out"
    near = get_close_matches(version, every, 1)
    return f"has no version '{version}'; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(every)}")


def _merged(usual: list[str], changed: list[str]) -> list[str]:
    """Defines of [build] and of a version, by name."""
    return list({text.partition("=")[0]: text for text in (*usual, *changed)}.values())
