"""Draws the signatures of plain C calls: first every kind by itself, then whatever Hypothesis' tape of bytes says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from conformance.direct.kinds import (
    MOST_IN_REGISTERS,
    SCALARS,
    VARIADIC,
    Member,
    Scalar,
    Structure,
    features,
    size,
    structure,
)
from conformance.generation.search import drawn_from_tapes
from conformance.generation.strategies import Drawn
from conformance.model.kinds import NONE
from conformance.model.signature import Param, Signature

MOST_BYTES = 40
"""The largest structure that is drawn."""

_TAPE = 96
"""Bytes of the tape for each signature of a bundle."""

_LENGTHS = (1, 2, 3, 0, 1, 2, 4, 1, 5, 6, 2, 8, 10, 3, 12)
_COUNTS = (2, 3, 4)

PROMOTED = ("i32", "u32", "i64", "u64", "f64", "handle", "ldouble", "i128", "cf64")
"""Scalars that are passed as they are where a declaration has dots."""

_MEMBERS = ("i32", "f64", "i8", "f32", "i64", "i16", "u8", "handle")
_SEVENTH = ("ldouble", "i128", "cf32", "f32x4", "enumeration", "char", "bool", "cf64")

_STRUCTURES = (
    "struct_i8", "struct_3i8", "struct_i32", "struct_f32", "struct_i8_i32", "struct_f32_f32", "struct_i64",
    "struct_f64", "struct_f32_i32", "struct_3f32", "struct_f64_i32", "struct_i32_f64", "struct_i64_f64",
    "struct_f64_f64", "struct_i64_i64", "struct_f32_i8_f64", "struct_i8_struct_f32_f32_end_i8", "struct_16i8",
    "struct_struct_f64_end_i16", "struct_i64_i64_i8", "struct_3f64", "struct_4f32", "struct_5i64",
    "struct_handle_f32_f32", "struct_f64_3i8",
)  # fmt: skip
_OF_OTHERS = (
    "struct_ldouble", "struct_i8_i128", "struct_cf32", "struct_cf64", "struct_i32_cf32", "struct_f32x4",
    "struct_enumeration_i8", "struct_i8_enumeration_f64", "struct_char_i8", "struct_bool_f32", "struct_f32x8",
)  # fmt: skip
_FLEXIBLE = ("struct_i32_0i32", "struct_i64_0i8", "struct_f64_0f64", "struct_i8_0i8", "struct_3i64_0i32")

Draw = Callable[[int], int]


def every_kind() -> Drawn:
    """Each kind as the only argument and return, at the edges of registers, and behind dots."""
    alone = (*SCALARS, *_STRUCTURES, *_OF_OTHERS, *_FLEXIBLE)
    wide = ("i128", "struct_i64_i64", "struct_i64_f64", "struct_i64_0i8", "struct_i64_i64_i8", "ldouble")
    behind = (*PROMOTED, "struct_i8_f64", "struct_f64_f64", "struct_3i8", "struct_i64_i64_i8", "f32x4")
    edges = [signature(["i64"] * count, kind, "i64") for kind in wide for count in (5, 7)]
    edges += [signature(["f64"] * count, kind) for kind in ("struct_f64_f64", "struct_f32_i32") for count in (7, 8)]
    edges += [signature(["i64", "f64"] * 6, "i8"), signature(["i8", "u16"] * 5, "bool")]
    dots = [signature(["i32"], VARIADIC + kind) for kind in behind]
    dots.append(signature(["f64", *(VARIADIC + kind for kind in ("f64", "i32") * 9)], ret="f64"))
    found = [signature([], kind) for kind in alone] + [signature([], ret=kind) for kind in alone]
    return Drawn(tuple(dict.fromkeys([*found, *edges, *dots])), 0)


def signature(before: Sequence[str], *kinds: str, ret: str = NONE) -> Signature:
    """A signature of kinds by name."""
    return Signature(tuple(map(Param, (*before, *kinds))), ret)


def drawn(seed: int, examples: int, count: int, lacking: Collection[str]) -> Iterable[Drawn]:
    """The bundles of a run: every kind, then `examples` of `count` signatures without what a side is lacking."""
    yield every_kind()
    without = frozenset(lacking)
    yield from drawn_from_tapes(_TAPE * count, lambda tape: bundle(tape, count, without), examples, seed)


def bundle(tape: bytes, count: int, lacking: frozenset[str]) -> Drawn:
    """Up to `count` signatures, read off a tape of bytes."""
    found = []
    for at in range(count):
        rest = iter(tape[at * _TAPE : (at + 1) * _TAPE])
        found.append(_signature(lambda choices, rest=rest: next(rest, 0) % choices, lacking))  # type: ignore[misc]
    return Drawn(tuple(dict.fromkeys(found)), int.from_bytes(tape[:4], "little"))


def _signature(draw: Draw, lacking: frozenset[str]) -> Signature:
    length = _LENGTHS[draw(len(_LENGTHS))]
    named = [_kind(draw, lacking) for _ in range(length)]
    if length > 1 and draw(5) == 4:
        first = 1 + draw(length - 1)
        named[first:] = _dotted([_promoted(draw, lacking) for _ in named[first:]], lacking)
    ret = NONE if draw(3) == 0 else _kind(draw, lacking)
    return signature(named, ret=ret)


def _dotted(kinds: list[str], lacking: frozenset[str]) -> list[str]:
    dotted = [VARIADIC + kind for kind in kinds]
    return kinds if any(features(kind) & lacking for kind in dotted) else dotted


def _promoted(draw: Draw, lacking: frozenset[str]) -> str:
    if draw(3) == 0:
        made = _structure(draw, lacking, 0)
        if not features(made.name) & lacking:
            return made.name
    return _one_of([kind for kind in PROMOTED if not features(kind) & lacking], draw)


def _kind(draw: Draw, lacking: frozenset[str]) -> str:
    if draw(5) < 2:
        made = _structure(draw, lacking, 0)
        if not features(made.name) & lacking:
            return made.name
    return _one_of([kind for kind in SCALARS if not features(kind) & lacking], draw)


def _structure(draw: Draw, lacking: frozenset[str], depth: int) -> Structure:
    """A structure of at most `MOST_BYTES`, half of them small enough for registers."""
    most = MOST_IN_REGISTERS if draw(2) else MOST_BYTES
    members: list[Member] = []
    for _ in range(1 + draw(5)):
        member = _member(draw, lacking, depth)
        if size(structure((*members, member))) <= most:
            members.append(member)
    if not members:
        members.append(Member(SCALARS["i8"]))
    if depth == 0 and draw(12) == 11:
        members.append(Member(_scalar(draw, lacking), 0))
    return structure(tuple(members))


def _member(draw: Draw, lacking: frozenset[str], depth: int) -> Member:
    what = draw(8)
    if what == 7 and depth == 0:
        return Member(_structure(draw, lacking, 1))
    if what == 6:
        return Member(_scalar(draw, lacking), _COUNTS[draw(len(_COUNTS))])
    return Member(_scalar(draw, lacking))


def _scalar(draw: Draw, lacking: frozenset[str]) -> Scalar:
    names = _SEVENTH if draw(7) == 6 else _MEMBERS
    return SCALARS[_one_of([name for name in names if not features(name) & lacking], draw)]


def _one_of(names: Sequence[str], draw: Draw) -> str:
    return names[draw(len(names))]
