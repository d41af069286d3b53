"""The mutants that universalmutator makes of the reference: a line changed by one of its rules for C."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

from universalmutator.mutator import mutants_regexp

from benchmarks.mutants.mutant import FILES, Mutant, source

MAKER = "universalmutator"
_RULES = ["universal.rules", "c_like.rules", "c.rules"]


def universal() -> Iterator[Mutant]:
    """Every mutant of its rules; the operator is the left side of the rule."""
    for file in FILES:
        lines = source(file).splitlines(keepends=True)
        with contextlib.redirect_stdout(io.StringIO()):
            changes = mutants_regexp(lines, _RULES, ignorePatterns=[])
        for number, line, (rule, _), _ in changes:
            text = "".join([*lines[: number - 1], line, *lines[number:]])
            yield Mutant(MAKER, rule.split(" ==>")[0], file, text)
