"""Says how to get the packages of an extra, where a command needs one that is not installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

import click

from conformance.model import extras

COST = {"capstone": "capstone", "pyelftools": "elftools"}
"""What the commands of `cost` that look at machine code need: distributions and what they are imported as."""


COMPAT = {"pyelftools": "elftools"}
"""What `compat --wheel` reads machine code with."""


CAMPAIGN = {"distributed": "distributed", "fsspec": "fsspec"}
"""What `campaign` deals runs to workers with, and stores results with; without bokeh it has no dashboard."""


def need_campaign() -> None:
    """Raise UsageError unless what deals runs to workers is installed."""
    _need(CAMPAIGN, extras.CAMPAIGN)


def need_cost() -> None:
    """Raise UsageError unless what takes machine code apart is installed."""
    _need(COST, extras.COST)


def need_compat() -> None:
    """Raise UsageError unless what reads the shared objects of a wheel is installed."""
    _need(COMPAT, extras.COMPAT)


def _need(wanted: Mapping[str, str], hint: str) -> None:
    missing = [name for name, module in wanted.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise click.UsageError(f"this needs {' and '.join(missing)}; {hint}")
