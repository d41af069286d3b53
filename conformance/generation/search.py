"""Has Hypothesis draw bundles, so many and from one seed, and shows each to whoever asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings

from conformance.generation.strategies import Drawn, bundles, long_signatures


class Enough(BaseException):
    """What `look` raises to end a search: no Exception, which Hypothesis would take for a failure to be tried again."""


def search(
    look: Callable[[Drawn], None],
    *,
    first: Sequence[Drawn],
    long: bool,
    examples: int,
    seed: int,
    size: int,
    max_args: int,
    kinds: Sequence[str],
    with_null: bool,
) -> None:
    """Calls `look` with the bundles of `first`, then with `examples` drawn ones of `size` signatures.

    With `long` it is shown one bundle of very long signatures as well, the last.

    Hypothesis owns what is drawn. `look` raises nothing for a call that does not conform, so the search goes on;
    shrinking is the engine's own, which knows what a case is and needs a compile a step instead of one a try. It may
    raise `Enough`, which ends the search.
    """
    with suppress(Enough):
        for drawn in first:
            look(drawn)
        if examples:
            _explore(look, examples=examples, seed=seed, size=size, max_args=max_args, kinds=kinds, with_null=with_null)
            if long:
                look(long_signatures(seed, kinds))


def _explore(
    look: Callable[[Drawn], None],
    *,
    examples: int,
    seed: int,
    size: int,
    max_args: int,
    kinds: Sequence[str],
    with_null: bool,
) -> None:

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        derandomize=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(bundles(size, max_args, kinds, with_null))
    def explored(drawn: Drawn) -> None:
        look(drawn)

    explored()
