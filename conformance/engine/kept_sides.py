"""Builds the sides of pairs and keeps them for the next plan; of those that cannot be built it keeps the error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from conformance.engine.bundle import Bundle
from conformance.engine.dynamic import dynamic_sides
from conformance.engine.execute import Sides
from conformance.engine.libraries import NO_VERSIONS, Libraries, Pair
from conformance.generation.strategies import every_kind
from conformance.model.signature import Signature
from conformance.toolchain.errors import CompileError


class KeptSides:
    """The built sides of a run; of those that are compiled for signatures at most `most`."""

    def __init__(self, libraries: Libraries, most: int) -> None:
        self._libraries = libraries
        self._most = most
        self._compiled: dict[tuple[str, Pair, bool], Sides | CompileError] = {}
        self._generic: dict[tuple[Pair, bool], Sides | CompileError] = {}

    def generic(self, pair: Pair, release: bool) -> Sides:
        """The sides whose stubs read signatures from a table. Raises CompileError."""
        return _kept(self._generic, (pair, release), lambda: self._libraries.generic(pair, release))

    def compiled(self, bundle: Bundle, pair: Pair, release: bool) -> Sides:
        """The sides that are compiled for the signatures of a bundle. Raises CompileError."""
        if len(self._compiled) > self._most:
            self._compiled.clear()
        key = (bundle.id, pair, release)
        return _kept(self._compiled, key, lambda: self.fresh(pair, bundle.signatures, release))

    def fresh(self, pair: Pair, signatures: Sequence[Signature], release: bool) -> Sides:
        """The two sides for these signatures, compiled or Python's own, which nothing keeps. Raises CompileError."""
        paths = self._libraries.sides(pair, signatures, release)
        return dynamic_sides(self._libraries, pair, signatures, paths)

    def lacks(self, pair: Pair, *, generic: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The symbols that caller and callee need of the runtime and that it does not have. Raises CompileError."""
        subject = self._libraries.subject
        if generic:
            paths = self.generic(pair, release=False)
        else:
            drawn = every_kind(subject.kinds, "null" in subject.rules.passable)
            paths = self.fresh(pair, drawn.signatures, release=False)
        caller, callee, _ = pair.versions or NO_VERSIONS
        first, second = (
            self._libraries.lacked(path, version, pair) if isinstance(path, Path) else ()
            for path, version in zip(paths, (caller, callee), strict=True)
        )
        return first, second


def _kept(known: dict[Any, Sides | CompileError], key: Any, build: Callable[[], Sides]) -> Sides:
    """What was built for a key, or is now; that it cannot be is kept too. Raises CompileError."""
    found = known.get(key)
    if found is None:
        try:
            found = build()
        except CompileError as error:
            found = error
        known[key] = found
    if isinstance(found, CompileError):
        raise found
    return found
