"""Reads a result that a user names, with one sentence for whatever is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.model.documents import read_json
from conformance.model.errors import UserError
from conformance.model.outcome import RESULT_SCHEMAS
from conformance.model.schema import problem

WRITTEN = "name a result.json that 'run' wrote"
"""The hint for a file that is no result."""


class GateError(UserError):
    """A file that the gate cannot use; the message is one sentence with the file, the place and the hint."""


def read_result(path: Path) -> dict[str, Any]:
    """A result that an earlier run wrote, as its schema says it. Raises GateError with line, key and hint."""
    return checked(read_json(path, GateError, WRITTEN), path)


def checked(raw: object, path: Path) -> dict[str, Any]:
    """What a file holds as a result, as its schema says it. Raises GateError with key and hint."""
    if not isinstance(raw, dict):
        raise GateError(f"{path}: this is no JSON object; {WRITTEN}")
    if raw.get("schema") not in RESULT_SCHEMAS:
        schemas = " or ".join(map(repr, RESULT_SCHEMAS))
        raise GateError(f"{path}: schema is {raw.get('schema')!r}; a result has {schemas}: {WRITTEN}")
    wrong = problem(raw, f"result-{raw['schema'].rpartition('/')[2]}")
    if wrong:
        raise GateError(f"{path}: {wrong}; {WRITTEN}")
    return raw
