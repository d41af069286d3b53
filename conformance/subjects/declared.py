"""Reads from the source of a subject's class what it is and what must be installed for it; nothing is imported.

A subject's module imports its runtime, which may be missing, slow to load, or harmful to the process that lists it.
"""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

from conformance.model.subject import Runtime

NOT_LITERAL = "has a `runtime` that cannot be read; write it as Runtime(...) with literal values"


def source(module: str, root: Path | None = None) -> Path | None:
    """The file of a module, None where it is not found; `root` is the folder of its top package where that is known."""
    first, *rest = module.split(".")
    places = [root / first] if root is not None else _places(first)
    for place in places:
        path = place.joinpath(*rest)
        found = next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)
        if found is not None:
            return found
    return None


def read(path: Path, name: str) -> tuple[str, Runtime]:
    """The first line of a class' docstring, and its `runtime`, its own or that of a base class in the same file.

    Raises ValueError where `runtime` is not written in literal values; both are empty where there is nothing to read.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return "", Runtime()
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    node = classes.get(name)
    what = (ast.get_docstring(node) or "").partition("\n")[0].strip().rstrip(".") if node is not None else ""
    while node is not None:
        value = _assigned(node, "runtime")
        if value is not None:
            return what, _runtime(value)
        bases = [classes[base.id] for base in node.bases if isinstance(base, ast.Name) and base.id in classes]
        node = next((base for base in bases if base is not node), None)
    return what, Runtime()


def _places(first: str) -> list[Path]:
    """Where a top package or module lies; to find one imports nothing."""
    try:
        spec = importlib.util.find_spec(first)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    if spec.submodule_search_locations is not None:
        return [Path(place) for place in spec.submodule_search_locations]
    return [Path(spec.origin).with_suffix("")] if spec.origin else []


def _assigned(node: ast.ClassDef, name: str) -> ast.expr | None:
    for line in node.body:
        if isinstance(line, ast.Assign | ast.AnnAssign):
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return line.value
    return None


def _runtime(value: ast.expr) -> Runtime:
    if not isinstance(value, ast.Call) or value.args or any(keyword.arg is None for keyword in value.keywords):
        raise ValueError(NOT_LITERAL)
    try:
        given = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in value.keywords}
        runtime = Runtime(**given)
    except (ValueError, TypeError):
        raise ValueError(NOT_LITERAL) from None
    for name in ("distributions", "packages", "programs"):
        texts = getattr(runtime, name)
        if not isinstance(texts, tuple) or not all(isinstance(text, str) for text in texts):
            raise ValueError(f"has a `runtime` whose `{name}` is no tuple of texts; write it as one")
    if not isinstance(runtime.extra, str):
        raise ValueError("has a `runtime` whose `extra` is no text; write it as one")
    for name in ("versioned", "callers_built"):
        if not isinstance(getattr(runtime, name), bool):
            raise ValueError(f"has a `runtime` whose `{name}` is neither True nor False; write it as one of them")
    return runtime
