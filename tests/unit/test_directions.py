"""Imports run one way: which rooms import which is said in pyproject.toml, which know which library is said here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import conformance

PACKAGE = Path(conformance.__file__).parent
PROJECT = Path(__file__).parents[2] / "pyproject.toml"

KNOWS: dict[str, set[str]] = {
    "hypothesis": {"api", "generation", "suite", "cli"},
    "cffi": {"transport", "subjects", "cli", "cost"},
    "pytest": {"suite", "plugin", "cli"},
    "click": {"cli"},
    "rich": {"reports", "cli", "campaign"},
    "attrs": {"api", "model", "gate", "cost", "compat", "campaign", "site"},
    "cattrs": {"model"},
    "jsonschema": {"model"},
    "tomlkit": {"gate"},
    "jinja2": {"codegen", "reports", "subjects", "cost", "detectors", "compat"},
    "matplotlib": {"cost"},
    "numpy": {"cost", "checks", "engine"},
    "capstone": {"cost"},
    "covertable": {"engine"},
    "dask": {"campaign"},
    "distributed": {"campaign"},
    "fsspec": {"campaign"},
    "elftools": {"compat", "cost"},
}
"""Which rooms know which library."""


def rooms() -> Iterator[tuple[str, Path]]:
    """Every module of the package with the room that it lies in."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).parts
        if "_c_fixtures" not in parts and parts != ("__init__.py",):
            yield parts[0].removesuffix(".py"), path


def imported(path: Path) -> Iterator[str]:
    """The modules that a file names in imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            if node.module == "conformance":
                yield from (f"conformance.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("library", KNOWS)
def test_a_library_is_known_where_it_is_used(library: str) -> None:
    for room, path in rooms():
        if library in {module.partition(".")[0] for module in imported(path)}:
            assert room in KNOWS[library], f"{path.relative_to(PACKAGE)} imports {library}"


def test_the_contracts_of_the_project_file_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """Rooms import what stands below them, transports know no rules, and nothing goes round in a circle."""
    kept = lint_imports(config_filename=str(PROJECT), no_cache=True) == 0
    assert kept, capsys.readouterr().out
