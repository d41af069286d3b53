"""Which mutants of all are run: a seed's, by turns of both makers and of all operators of our own."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from itertools import islice

from benchmarks.mutants.build import Built, build
from benchmarks.mutants.mutant import Mutant
from benchmarks.mutants.own import own
from benchmarks.mutants.universal import universal


def order(seed: int) -> Iterator[Mutant]:
    """All mutants, each once, as a seed shuffles them: one of ours, one of universalmutator's, as long as both last.

    Ours come by turns of their operators, so that an operator with many edits is drawn no more often than others.
    """
    source = random.Random(seed)
    by_operator: dict[str, list[Mutant]] = {}
    for mutant in own():
        by_operator.setdefault(mutant.operator, []).append(mutant)
    others = list(universal())
    for mutants in (*by_operator.values(), others):
        source.shuffle(mutants)
    operators = list(by_operator.values())
    source.shuffle(operators)
    found: dict[str, None] = {}
    for mutant in _turns(list(_turns(*operators)), others):
        if mutant.id not in found:
            found[mutant.id] = None
            yield mutant


def drawn(seed: int, count: int, pool: Executor) -> Iterator[Built]:
    """Mutants in that order, built, until `count` of them are worth a run; those that are not come too."""
    mutants = order(seed)
    while batch := list(islice(mutants, 8)):
        for built in pool.map(build, batch):
            yield built
            count -= bool(built.subjects)
            if count == 0:
                return


def named(seed: int, ids: Sequence[str]) -> Iterator[Built]:
    """The mutants of these ids, built."""
    return (build(mutant) for mutant in order(seed) if mutant.id in ids)


def _turns(*groups: Sequence[Mutant]) -> Iterator[Mutant]:
    """One of each group, then another of each, until all are empty."""
    for at in range(max(map(len, groups))):
        yield from (group[at] for group in groups if at < len(group))
