"""Finds the C files that travel with the project, in a checkout as well as in an installed wheel."""

from __future__ import annotations

import importlib.resources
from functools import cache
from pathlib import Path

from conformance.toolchain.errors import ToolchainError


@cache
def root() -> Path:
    """Find the folder of C headers, sources and templates.

    A wheel carries it inside the package as `_c_fixtures`; a checkout has it beside the package as `c_fixtures`.
    Inside comes first: a folder beside an installed package may belong to anyone.
    """
    package = Path(str(importlib.resources.files("conformance")))
    for folder in (package / "_c_fixtures", package.parent / "c_fixtures"):
        if (folder / "include").is_dir():
            return folder
    raise ToolchainError(
        "the C files of abi-conformance are not installed; install its wheel again with pip install --force-reinstall"
    )


def embedded_include() -> Path:
    """Find the freestanding standard headers for the embedded compiler, which brings few of its own."""
    return root() / "include" / "embedded"


def chibicc_include() -> Path:
    """Find the headers that belong to a compiler, for chibicc, which Debian ships without them."""
    return root() / "include" / "chibicc"
