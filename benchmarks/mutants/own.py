"""The mutants that our operators make of the reference."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.mutants.mutant import Mutant, source
from benchmarks.mutants.operators import EDITS

MAKER = "own"
_FILE = "packed.c"


def _lines(text: str, match: re.Match[str]) -> str:
    """The lines that a match is of, whole."""
    end = text.find("\n", max(match.start(), match.end() - 1))
    return text[text.rfind("\n", 0, match.start()) + 1 : end]


def own() -> Iterator[Mutant]:
    """Every mutant of our operators."""
    text = source(_FILE)
    for edit in EDITS:
        pattern = re.compile(edit.find, re.MULTILINE)
        match = pattern.search(text)
        while match:
            for value in edit.values if not re.search(edit.but, _lines(text, match)) else ():
                put = match.expand(edit.put.replace("@", value)) if edit.put else ""
                if put != match.group():
                    yield Mutant(MAKER, edit.operator, _FILE, text[: match.start()] + put + text[match.end() :])
            match = pattern.search(text, match.start() + 1)
