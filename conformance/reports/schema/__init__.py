"""The JSON Schemas of what this package writes."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def result_schema(version: int = 2) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a result, `abi-conformance/VERSION`."""
    text = resources.files(__name__).joinpath(f"result-{version}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
