"""Has Hypothesis draw bundles, so many and from one seed, and shows each to whoever asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

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
            _explore(look, bundles(size, max_args, kinds, with_null), examples, seed)
            if long:
                look(long_signatures(seed, kinds))


def _explore(look: Callable[[Drawn], None], drawn_from: SearchStrategy[Drawn], examples: int, seed: int) -> None:
    """Calls `look` with so many draws from a strategy."""

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
    @given(drawn_from)
    def explored(drawn: Drawn) -> None:
        look(drawn)

    explored()
