"""Reads the files that a user names, JSON and TOML, with one sentence for each that cannot be read."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

MOST_BYTES = 256 << 20
"""The largest file that is read."""


def read_text(path: Path, error: type[Exception], hint: str) -> str:
    """The text of a file. Raises `error` with the file, what is wrong with it, and `hint`."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise error(f"{path}: is too large; {hint}")
        return path.read_text("utf-8")
    except OSError as cause:
        raise error(f"{path}: cannot be read: {cause.strerror or cause}; {hint}") from cause
    except UnicodeDecodeError as cause:
        raise error(f"{path}: is not UTF-8 (byte {cause.start}); {hint}") from cause


def read_json(path: Path, error: type[Exception], hint: str) -> Any:
    """What a JSON file holds. Raises `error` with the line."""
    text = read_text(path, error, hint)
    try:
        return json.loads(text)
    except json.JSONDecodeError as cause:
        raise error(f"{path}: is not valid JSON: line {cause.lineno}: {cause.msg}; {hint}") from cause
    except RecursionError:
        raise error(f"{path}: is nested too deeply; {hint}") from None
    except ValueError:  # Python reads whole numbers of some thousand digits at most
        raise error(f"{path}: holds a number of thousands of digits; {hint}") from None


def read_toml(path: Path, error: type[Exception]) -> dict[str, Any]:
    """What a TOML file holds. Raises `error` with the line."""
    return parse_toml(read_text(path, error, "name a text file that is there"), str(path), error)


def parse_toml(text: str, where: str, error: type[Exception], hint: str = "correct it there") -> dict[str, Any]:
    """What a TOML text holds; `where` is its file. Raises `error` with the line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise error(f"{where}: is not valid TOML: {cause}; {hint}") from cause
    except RecursionError:
        raise error(f"{where}: is nested too deeply; {hint}") from None
    except ValueError:
        raise error(f"{where}: holds a number of thousands of digits; {hint}") from None
