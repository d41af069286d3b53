"""Keeps the cases of earlier findings, by stream and pair, so that a later run of random seeds tries them first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from hypothesis.database import DirectoryBasedExampleDatabase

from conformance.model.case import Case


class CaseDatabase:
    """Cases in a folder. Nothing raises in a search that goes on, so Hypothesis stores no examples by itself."""

    def __init__(self, folder: Path) -> None:
        self._database = DirectoryBasedExampleDatabase(folder)

    def fetch(self, unit: str, pair: tuple[str, str]) -> Iterator[Case]:
        """The cases that were kept for a stream on a pair, in an order of their own; none that cannot be read."""
        for text in sorted(self._database.fetch(_key(unit, pair))):
            try:
                yield Case.from_json(json.loads(text))
            except (ValueError, KeyError, TypeError):
                self._database.delete(_key(unit, pair), text)

    def keep(self, unit: str, pair: tuple[str, str], cases: Iterable[Case]) -> None:
        """Keeps these cases for a stream on a pair in place of those before."""
        key = _key(unit, pair)
        wanted = {json.dumps(case.to_json(), sort_keys=True).encode() for case in cases}
        for text in set(self._database.fetch(key)) - wanted:
            self._database.delete(key, text)
        for text in wanted:
            self._database.save(key, text)


def _key(unit: str, pair: tuple[str, str]) -> bytes:
    return f"{unit} {'>'.join(pair)}".encode()
