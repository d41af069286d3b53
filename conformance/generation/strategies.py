"""Hypothesis strategies for bundles: a length first, then one base signature, then its near-miss variants.

Deep signatures do not come from luck: plain lists average four arguments, and a fault that needs twelve would be met
in one seed of ten. So the length is drawn by weight, and every position of a base gets a variant.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

from hypothesis import strategies as st

from conformance.generation.payloads import SALTS
from conformance.model.kinds import NONE
from conformance.model.signature import MAX_ARGS, DType, Param, Signature, TensorSpec, parse_param

_TAPE = 5
"""Bytes of the tape for each signature of a bundle: a bundle of average signatures reads three to four."""

_CHAIN = 14

_LENGTHS = (1, 0, 2, 3, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 2, 3, 4, 8, 13, 16)
_LONG_LENGTHS = (17, 20, 24, 31, 32, 33, 40, 48, 56, 63, 64)

_DTYPES = tuple(
    DType(code, bits)
    for code, bits in ((2, 32), (2, 64), (2, 16), (0, 8), (0, 32), (0, 64), (1, 8), (1, 16), (1, 1), (4, 16), (6, 8))
)
_EXTENTS = (2, 3, 1, 4, 7, 0, 16)
_MANY_DIMENSIONS = (5, 6, 7, 8, 16, 32)
_LARGE: tuple[tuple[int, ...], ...] = (
    (2**31,), (2**32 + 1,), (2**16, 2**15), (2**16, 2**16), (3, 2**16, 2**16), (0, 2**32), (1, 2**33), (2**32, 2**31),
    (2**32, 2**32), (5, 2**31, 2),
)  # fmt: skip
# Sizes and strides beyond 2^31, 2^32 and 2^63, where whoever counts with fewer bits goes wrong.
_FAR_STRIDE = 2**33 + 3
_OFFSETS = (0, 64, 128, 2**33 + 64)
_DEVICE_NUMBERS = (0, 1, 70_000)
_LANES = (4, 4, 260)
# What else a callee declares that does not fit whoever keeps it in fewer bits.

Draw = Callable[[int], int]


@dataclass(frozen=True)
class Drawn:
    """What Hypothesis draws for one example: distinct signatures, and the salt of their graffiti.

    `sampled` says that it is one of those for which stubs are compiled a signature where most are read from a table.
    """

    signatures: tuple[Signature, ...]
    salt: int
    sampled: bool = False


class _Exhausted(Exception):
    """The tape has no more choices."""


def bundles(size: int, max_args: int, kinds: Sequence[str], with_null: bool) -> st.SearchStrategy[Drawn]:
    """Bundles of up to `size` signatures of at most `max_args` arguments of `kinds`.

    With `with_null` callers pass nulls too. All choices of a bundle come from one draw, a tape of bytes. Drawn one by
    one they would be slow, they would be mixed with constants that Hypothesis finds in local modules, which differ
    between a checkout, a wheel and an xdist worker, and its copying of equal parts within an example would make every
    third signature one that was there before. The tape shrinks towards zeros, a bundle of the shortest signatures.
    """
    lengths = tuple(n for n in (*_LENGTHS, *_LONG_LENGTHS) if n <= max_args)
    tape = st.binary(min_size=_TAPE * size, max_size=_TAPE * size)
    return tape.map(lambda drawn: _read(drawn, size, max_args, lengths, tuple(kinds), with_null))


def every_kind(kinds: Sequence[str], with_null: bool, behind: tuple[Param, ...] = ()) -> Drawn:
    """The bundle that makes every run thorough in the small: each kind as the only argument, and as the return.

    Its pairs are all pairs of a passed and a declared kind, and of a taken and a returned one. All of them have the
    arguments `behind` which these come.
    """
    passable = (*kinds, "null") if with_null else tuple(kinds)
    last = [Signature((*behind, _of_kind(kind))) for kind in passable]
    return Drawn((*last, Signature(behind), *(Signature(behind, kind) for kind in kinds)), 0, sampled=True)


@cache
def every_place(size: int, max_args: int, kinds: tuple[str, ...]) -> tuple[Drawn, ...]:
    """Bundles of `size` that have each kind at each position of each length up to 16, or `max_args`, once.

    What is wrong for one number of arguments, one position and one kind alone is rarely met by chance. Each length is
    a Latin square, and has another kind's distance between neighbours, so that all pairs of kinds are neighbours too.
    """
    returns = (*kinds, NONE)
    signatures = [
        Signature(
            tuple(_of_kind(kinds[(first + length * at) % len(kinds)]) for at in range(length)),
            returns[(first + length) % len(returns)],
        )
        for length in range(1, min(max_args, 16) + 1)
        for first in range(len(kinds))
    ]
    starts = range(0, len(signatures), size)
    return tuple(Drawn(tuple(signatures[at : at + size]), number % SALTS) for number, at in enumerate(starts))


def one_signature(kinds: Sequence[str]) -> Drawn:
    """The smallest bundle, for long histories: the first kind as the only argument."""
    return Drawn((Signature((_of_kind(kinds[0]),)),), 0)


def every_tensor(far: bool = False) -> Drawn:
    """The bundle that makes every run thorough about tensors: each form alone, and some of them side by side.

    Its pairs are all pairs of a passed and a declared form, most of which differ in several fields. With `far` some are
    declared whose fields do not fit whoever keeps them in fewer bits, or that lie on another device.
    """
    plain, twice = parse_param("tensor"), parse_param("tensor(f16,4)")
    forms = [plain, twice, *map(parse_param, (*_FORMS, *(_FAR_FORMS if far else ())))]
    beside = [(plain, plain), (twice, Param("i64"), plain, twice), (Param("f64"), plain, twice)]
    return Drawn((*(Signature((form,)) for form in forms), *map(Signature, beside)), 0)


_FORMS = (
    "tensor(f64,scalar)", "tensor(i8,2x0x3)", "tensor(u8,1)", "tensor(i32,3x1x2)", "tensor(i64,4x1x2,strides=7x5x3)",
    "tensor(u16,7,strides=2)", "tensor(f32x4,16)", "tensor(i8x4,2x2,offset=64)", "tensor(f64,3x3,offset=128)",
    "tensor(i4,8)", "tensor(u4,8)", "tensor(i1,8)",
)  # fmt: skip
_FAR_FORMS = (
    "tensor(f32,2x3,device=2:0)", "tensor(u8,4,device=1:70000)", "tensor(f32,2x3,offset=8589934656)",
    "tensor(i16,2x3,strides=8589934595x40000)", "tensor(i8x260,3)", "tensor(i32,3x65536x65537)",
)  # fmt: skip


def _read(
    tape: bytes, size: int, max_args: int, lengths: Sequence[int], kinds: Sequence[str], with_null: bool
) -> Drawn:
    left = iter(tape)

    def pick(count: int) -> int:
        for byte in left:
            return byte % count
        raise _Exhausted

    found: dict[Signature, None] = {}
    salt = pick(SALTS)
    with suppress(_Exhausted):
        # Two long mixed signatures, so that every kind comes to stand next to every other in few bundles.
        for _ in range(2 if size > 4 else 0):
            found.setdefault(_signature(pick, min(_CHAIN, max_args), kinds))
        while len(found) < size:
            for signature in _family(pick, lengths[pick(len(lengths))], kinds, with_null, max_args):
                found.setdefault(signature)
    return Drawn(tuple(found)[:size], salt)


def _signature(pick: Draw, length: int, kinds: Sequence[str]) -> Signature:
    returns = (*kinds, NONE)
    return Signature(tuple(_param(pick, kinds) for _ in range(length)), returns[pick(len(returns))])


def _param(pick: Draw, kinds: Sequence[str]) -> Param:
    kind = kinds[pick(len(kinds))]
    return Param(kind, drawn_tensor(pick)) if kind == "tensor" else Param(kind)


def _of_kind(kind: str) -> Param:
    return Param(kind, TensorSpec() if kind == "tensor" else None)


def drawn_tensor(pick: Draw) -> TensorSpec:
    """The metadata of a tensor; `pick` draws a number below the one that it is given."""
    # One draw in two is the plain tensor, so that equal tensors meet often enough to be accepted.
    form = pick(10)
    if form < 4:
        return TensorSpec()
    shape: tuple[int, ...]
    if form == 8:
        shape = _LARGE[pick(len(_LARGE))]
    else:
        dimensions = _MANY_DIMENSIONS[pick(len(_MANY_DIMENSIONS))] if form == 9 else pick(5)
        shape = tuple(_EXTENTS[pick(len(_EXTENTS)) % (3 if form == 9 else len(_EXTENTS))] for _ in range(dimensions))
    dtype = _DTYPES[pick(len(_DTYPES))]
    strides = None
    if form == 5 and shape:
        strides = tuple(1 + pick(9) for _ in shape)
        strides = strides if pick(4) else (_FAR_STRIDE, *strides[1:])
    return TensorSpec(
        DType(dtype.code, dtype.bits, _LANES[pick(len(_LANES))]) if form == 6 else dtype,
        shape,
        strides,
        _OFFSETS[pick(len(_OFFSETS))] if form == 7 else 0,
        (1 + pick(2), _DEVICE_NUMBERS[pick(len(_DEVICE_NUMBERS))]) if form == 7 else (1, 0),
    )


def long_signatures(seed: int, kinds: Sequence[str]) -> Drawn:
    """A bundle of few long signatures, which are rare: each has a frame's usual sizes behind it, or just not.

    The longest is always the longest that there can be, so that a frame of any size is too small for it. Each ends in a
    tensor, whose errors name places beyond 127 and 255 too.
    """
    source = random.Random(seed)  # noqa: S311 - nothing secret
    lengths = (source.choice((32, 33)), source.choice((64, 65)), source.choice((127, 255, 256)), MAX_ARGS)
    found = [_signature(source.randrange, length, kinds) for length in lengths]
    last = (_of_kind("tensor" if "tensor" in kinds else kinds[-1]),)
    ending = (replace(each, params=(*map(_plain, each.params[:-1]), *last)) for each in found)
    return Drawn(tuple(ending), source.randrange(SALTS))


def _family(pick: Draw, length: int, kinds: Sequence[str], with_null: bool, max_args: int) -> list[Signature]:
    """A base signature and what is nearly it: every single kind changed, an argument more or fewer, two swapped."""
    base = _signature(pick, length, kinds)
    params, ret, returns = base.params, base.ret, (*kinds, NONE)
    family = [base]
    passable = (*kinds, "null") if with_null else tuple(kinds)
    for at, old in enumerate(params):
        new = Param(passable[pick(len(passable))])
        if new.kind == "tensor":
            new = Param("tensor", drawn_tensor(pick))
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


def seeded(seed: int, count: int, max_args: int, kinds: Sequence[str]) -> tuple[Signature, ...]:
    """What a bundle holds, drawn from a seed and not by Hypothesis: `count` distinct signatures, tensors plain.

    For measurements, which compare what they find with what another run found.
    """
    lengths = tuple(n for n in (*_LENGTHS, *_LONG_LENGTHS) if n <= max_args)
    source = random.Random(seed)  # noqa: S311 - nothing secret
    size = _TAPE * max(count, 100)  # a short tape ends within its first family
    found: dict[Signature, None] = {}
    while len(found) < count:
        drawn = _read(source.randbytes(size), count, max_args, lengths, tuple(kinds), False)
        plain = (replace(one, params=tuple(_plain(param) for param in one.params)) for one in drawn.signatures)
        found.update(dict.fromkeys(plain))
    return tuple(found)[:count]


def _plain(param: Param) -> Param:
    return _of_kind(param.kind)
