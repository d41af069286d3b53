"""Imports run one way: nothing later is imported by anything earlier, at any depth of a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import conformance

PACKAGE = Path(conformance.__file__).parent

ALLOWED: dict[str, set[str]] = {
    "model": set(),
    "rules": {"model"},
    "oracle": {"model", "rules"},
    "checks": {"model", "rules"},
    "generation": {"model", "oracle"},
    "toolchain": {"model"},
    "subjects": {"model", "rules", "oracle", "toolchain"},
    "codegen": {"model", "rules", "oracle", "generation", "toolchain", "subjects"},
    "transport": {"model", "toolchain"},
    "engine": {
        "model", "rules", "oracle", "checks", "generation", "codegen", "toolchain", "transport", "subjects"
    },
    "session": {
        "model", "rules", "oracle", "checks", "generation", "codegen", "toolchain", "transport", "subjects", "engine"
    },
    "called_session": {
        "model", "rules", "oracle", "checks", "generation", "toolchain", "transport", "subjects", "engine", "session"
    },
    "prepare": {"model", "subjects", "session", "called_session"},
    "matrix": {"model", "rules", "oracle", "generation", "engine", "session", "called_session", "prepare"},
    "findings": {
        "model", "rules", "oracle", "checks", "generation", "codegen", "toolchain", "transport", "subjects", "engine",
        "session", "called_session", "prepare",
    },
    "suite": {
        "model", "oracle", "checks", "generation", "toolchain", "transport", "subjects", "engine", "session",
        "called_session", "prepare", "findings", "plugin",
    },
    "gate": {"model", "checks"},
    "reports": {"model", "checks", "gate"},
    "cost": {"model", "rules", "generation", "codegen", "toolchain", "transport", "subjects", "reports"},
    "plugin": {
        "model", "checks", "gate", "reports", "transport", "session", "prepare", "findings", "toolchain"
    },
    "cli": {
        "model", "rules", "checks", "gate", "reports", "findings", "subjects", "toolchain", "transport", "session",
        "matrix", "plugin", "generation", "cost",
    },
    "__main__": {"cli"},
}  # fmt: skip
"""What each room may import of the others. A room that is not here may import nothing."""

KNOWS: dict[str, set[str]] = {
    "hypothesis": {"generation", "suite", "cli"},
    "cffi": {"transport", "subjects", "cli", "cost"},
    "pytest": {"suite", "plugin", "cli"},
    "click": {"cli"},
    "rich": {"reports", "cli"},
    "jinja2": {"codegen", "reports", "subjects", "cost"},
    "matplotlib": {"cost"},
    "numpy": {"cost"},
    "capstone": {"cost"},
    "elftools": {"cost"},
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


@pytest.mark.parametrize("room", sorted({room for room, _ in rooms()}))
def test_a_room_imports_only_what_comes_before_it(room: str) -> None:
    for name, path in rooms():
        if name != room:
            continue
        for module in imported(path):
            top, _, rest = module.partition(".")
            if top == "conformance" and rest and rest.split(".")[0] not in ("__version__", room):
                assert rest.split(".")[0] in ALLOWED.get(room, set()), f"{path.relative_to(PACKAGE)} imports {module}"
            assert room in KNOWS.get(top, {room}), f"{path.relative_to(PACKAGE)} imports {top}"


def test_nothing_goes_round_in_a_circle() -> None:
    seen: set[str] = set()
    left = dict(ALLOWED)
    while left:
        ready = [room for room, needs in left.items() if needs <= seen]
        # The suite's tests ask the plugin for the run's session, and the plugin starts nothing of the suite.
        assert ready, f"a circle among {sorted(left)}"
        seen.update(ready)
        for room in ready:
            del left[room]
