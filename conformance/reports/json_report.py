"""The result as a JSON file: sorted as it was built, one key a line, so that two results can be compared as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.reports.files import write_text
from conformance.reports.result import Result


def render(document: Any) -> str:
    """Plain data as JSON text."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def keep(result: Result, path: Path) -> None:
    """Write a result that another one soon replaces: on one line, which takes less time. Raises ReportError."""
    write_text(path, json.dumps(result, ensure_ascii=False, allow_nan=False) + "\n")


def write(result: Result, path: Path) -> None:
    """Write the JSON file. Raises ReportError."""
    write_text(path, render(result))
