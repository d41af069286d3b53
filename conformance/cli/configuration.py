"""The file that holds options of `run` which a laptop and a CI share: found, read, and held against the options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance.model.documents import read_toml
from conformance.model.option import Option, OptionError, read
from conformance.model.options import CONFIG_FILE, NO_CONFIG, OPTIONS

_PROJECT = Path("pyproject.toml")
_TABLE = "abi-conformance"


@dataclass(frozen=True)
class OptionFile:
    """What a file says: texts by key, as a command line gives them, and how the file is called."""

    path: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


def load(named: str | None) -> OptionFile:
    """The file that is named, else the one of the current folder; empty where there is none. Raises OptionError."""
    if named == NO_CONFIG:
        return OptionFile()
    if named is not None:
        return _read(Path(named), "")
    found = [_read(CONFIG_FILE, "")] if CONFIG_FILE.is_file() else []
    tools = read_toml(_PROJECT, OptionError).get("tool") if _PROJECT.is_file() else None
    if isinstance(tools, dict) and _TABLE in tools:
        found.append(_read(_PROJECT, f" [tool.{_TABLE}]"))
    if len(found) > 1:
        raise OptionError(f"{found[0].path} and {found[1].path} both hold options; keep one of them")
    return found[0] if found else OptionFile()


def _read(path: Path, table: str) -> OptionFile:
    raw = read_toml(path, OptionError)
    place = f"{path}{table}"
    rows = raw["tool"][_TABLE] if table else raw
    if not isinstance(rows, dict):
        raise OptionError(f"{place} must be a table of options; correct it there")
    known = {option.name: option for option in OPTIONS if option.name != "config"}
    given = {}
    for name, value in rows.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else "'abi-conformance run --help' shows the options"
            raise OptionError(f"{place} has no option '{name}'; {hint}")
        given[known[name].key] = _text(value, known[name], place)
    read(OPTIONS, given, lambda option: f"{place}: {option.name}")
    return OptionFile(place, given)


def _text(value: object, option: Option, place: str) -> Any:
    """A value of the file as the command line gives it: what it says is judged there. Raises OptionError."""
    if not option.metavar and isinstance(value, bool):
        return value
    if option.repeatable and isinstance(value, list) and value and all(isinstance(text, str) for text in value):
        return tuple(value)
    if option.metavar and not option.repeatable and isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    wanted = "true or false" if not option.metavar else "a list of texts" if option.repeatable else "a text or a number"
    raise OptionError(f"{place}: {option.name} must be {wanted}; correct it there")
