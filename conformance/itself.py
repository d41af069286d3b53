"""How this command is started again in a process of its own: the same package, also where it is not installed."""

from __future__ import annotations

import os
import sys

from conformance.registered import ROOT


def command(*words: str) -> list[str]:
    """`abi-conformance WORDS` as a program and its arguments; a module of the current folder is not meant."""
    return [sys.executable, "-P", "-m", "conformance", *words]


def environment() -> dict[str, str]:
    """The variables of such a process: what it comes to is told by who starts it, with no annotations of its own."""
    outside = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
    return {**outside, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))}
