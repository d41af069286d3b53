"""Hypothesis strategies for bundles: a length first, then one base signature, then its near-miss variants.

Deep signatures do not come from luck: plain lists average four arguments, and a fault that needs twelve would be met
in one seed of ten. So the length is drawn by weight, and every position of a base gets a variant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from conformance.model.kinds import NONE
from conformance.model.signature import DType, Param, Signature, TensorSpec

# Hypothesis mixes constants that it finds in local modules into what it draws, and what is local differs between a
# checkout, a wheel and an xdist worker. No source holds numbers up here, so nothing is mixed in and the same seed
# draws the same everywhere.
_FAR = 3 << 120

_LENGTHS = (1, 0, 2, 3, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 2, 3, 4, 8, 13, 16)
_LONG_LENGTHS = (17, 20, 24, 31, 32, 33, 40, 48, 56, 63, 64)

_DTYPES = tuple(DType(code, bits) for code, bits in ((2, 32), (2, 64), (2, 16), (0, 8), (0, 32), (0, 64), (1, 8), (1, 16)))
_EXTENTS = (2, 3, 1, 4, 7, 0, 16)

Draw = Callable[[int], int]


@dataclass(frozen=True)
class Drawn:
    """What Hypothesis draws for one example: distinct signatures, and the salt of their graffiti."""

    signatures: tuple[Signature, ...]
    salt: int


def below(count: int) -> st.SearchStrategy[int]:
    """Integers from 0 to `count` - 1, independent of Hypothesis' local constants; shrinks towards 0."""
    return st.integers(_FAR, _FAR + count - 1)


def bundles(size: int, max_args: int, kinds: Sequence[str], with_null: bool) -> st.SearchStrategy[Drawn]:
    """Bundles of `size` signatures of at most `max_args` arguments of `kinds`; `with_null` lets callers pass nulls."""
    lengths = tuple(n for n in (*_LENGTHS, *_LONG_LENGTHS) if n <= max_args)

    @st.composite
    def bundle(draw: st.DrawFn) -> Drawn:
        numbers: dict[int, st.SearchStrategy[int]] = {}

        def pick(count: int) -> int:
            strategy = numbers.get(count)
            if strategy is None:
                strategy = numbers[count] = below(count)
            return int(draw(strategy)) - _FAR

        salt = pick(16)
        found: dict[Signature, None] = {}
        # A kind set of one and lengths of 0 or 1 have few signatures: stop when several families brought nothing new.
        barren = 0
        while len(found) < size and barren < 8:
            before = len(found)
            length = lengths[pick(len(lengths))]
            for signature in _family(pick, length, kinds, with_null, max_args):
                found.setdefault(signature)
            barren = barren + 1 if len(found) == before else 0
        return Drawn(tuple(found)[:size], salt)

    return bundle()


def _param(pick: Draw, kinds: Sequence[str]) -> Param:
    kind = kinds[pick(len(kinds))]
    return Param(kind, _tensor(pick)) if kind == "tensor" else Param(kind)


def _tensor(pick: Draw) -> TensorSpec:
    # One draw in two is the plain tensor, so that equal tensors meet often enough to be accepted.
    form = pick(8)
    if form < 4:
        return TensorSpec()
    shape = tuple(_EXTENTS[pick(len(_EXTENTS))] for _ in range(pick(5)))
    dtype = _DTYPES[pick(len(_DTYPES))]
    strides = tuple(1 + pick(9) for _ in shape) if form == 5 and shape else None
    return TensorSpec(
        DType(dtype.code, dtype.bits, 4) if form == 6 else dtype,
        shape,
        strides,
        64 * pick(3) if form == 7 else 0,
        (1 + pick(2), pick(2)) if form == 7 else (1, 0),
    )


def _family(pick: Draw, length: int, kinds: Sequence[str], with_null: bool, max_args: int) -> list[Signature]:
    """A base signature and what is nearly it: every single kind changed, an argument more or fewer, two swapped."""
    returns = (*kinds, NONE)
    params = tuple(_param(pick, kinds) for _ in range(length))
    ret = returns[pick(len(returns))]
    family = [Signature(params, ret)]
    passable = (*kinds, "null") if with_null else tuple(kinds)
    for at, old in enumerate(params):
        new = Param(passable[pick(len(passable))])
        if new.kind == "tensor":
            new = Param("tensor", _tensor(pick))
        if new != old:
            family.append(Signature((*params[:at], new, *params[at + 1 :]), ret))
    family.append(Signature(params, returns[pick(len(returns))]))
    if length < max_args:
        at = pick(length + 1)
        family.append(Signature((*params[:at], _param(pick, kinds), *params[at:]), ret))
    if length:
        at = pick(length)
        family.append(Signature((*params[:at], *params[at + 1 :]), ret))
    if length > 1:
        one, two = sorted((pick(length), pick(length)))
        swapped = list(params)
        swapped[one], swapped[two] = params[two], params[one]
        family.append(Signature(tuple(swapped), ret))
    return family
