"""The mutants that our operators make of the reference."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.mutants.mutant import Mutant, source
from benchmarks.mutants.operators import EDITS

MAKER = "own"
_FILE = "packed.c"


def own() -> Iterator[Mutant]:
    """Every mutant of our operators."""
    text = source(_FILE)
    for edit in EDITS:
        pattern = re.compile(edit.find, re.MULTILINE)
        match = pattern.search(text)
        while match:
            for value in edit.values:
                put = match.expand(edit.put.replace("@", value)) if edit.put else ""
                if put != match.group():
                    yield Mutant(MAKER, edit.operator, _FILE, text[: match.start()] + put + text[match.end() :])
            match = pattern.search(text, match.start() + 1)
