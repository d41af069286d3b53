"""A baseline: the findings of an earlier result, which do not fail a run as long as nothing joins them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.gate.files import read_result

Known = frozenset[tuple[str, str]]
"""Fingerprint and verdict of what is known."""


def load(path: Path) -> Known:
    """What an earlier result found, waived or not. Raises GateError."""
    return frozenset((finding["fingerprint"], finding["verdict"]) for finding in read_result(path)["findings"])


def is_known(known: Known, finding: Mapping[str, Any]) -> bool:
    """Whether a finding is in the baseline, with the same verdict."""
    return (finding["fingerprint"], finding["verdict"]) in known
