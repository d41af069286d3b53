"""Says how to get the packages of an extra, where a command needs one that is not installed."""

from __future__ import annotations

import importlib.util

import click

from conformance.model import extras

COST = {"capstone": "capstone", "pyelftools": "elftools"}
"""What the commands of `cost` that look at machine code need: distributions and what they are imported as."""


def need_cost() -> None:
    """Raise UsageError unless what takes machine code apart is installed."""
    missing = [name for name, module in COST.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise click.UsageError(f"this needs {' and '.join(missing)}; {extras.COST}")
