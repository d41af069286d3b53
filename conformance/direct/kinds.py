"""The kinds of plain C calls as data: scalars, and structures of them, each with a name that is a word of C.

A structure is named by its members: `struct_i8_f64`; inside another one it ends in `end`, as in
`struct_i8_struct_f32_f32_end_i64`. A member `3i8` is an array of three, `0i32` at the end one without a length. Behind
`va_` stands what is passed where a declaration has dots. Whoever writes values down tells them in words of 64 bits,
one an atom.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from conformance.model.kinds import NONE

VARIADIC = "va_"
"""How the kind of an argument begins that is passed where the declaration has dots."""

_STRUCT, _END = "struct", "end"


@dataclass(frozen=True)
class Atom:
    """What is written down as one word: a number of `width` bytes. `sort` says how it is widened.

    "int" by its sign, "uint", "float" and "bool" by zeros, "char" as the compiler has it, "pointer" as many bytes as
    the target's addresses have.
    """

    width: int
    sort: str


ATOMS = {
    "i8": Atom(1, "int"), "i16": Atom(2, "int"), "i32": Atom(4, "int"), "i64": Atom(8, "int"),
    "u8": Atom(1, "uint"), "u16": Atom(2, "uint"), "u32": Atom(4, "uint"), "u64": Atom(8, "uint"),
    "bool": Atom(1, "bool"), "char": Atom(1, "char"), "enumeration": Atom(4, "enumeration"),
    "handle": Atom(8, "pointer"), "f32": Atom(4, "float"), "f64": Atom(8, "float"),
}  # fmt: skip


@dataclass(frozen=True)
class Scalar:
    """A kind that C has a type for.

    `atoms` are what it is written down as, `family` what a psABI has a rule for. `feature` is what a compiler must have
    for it, empty where all do; `size` in bytes, which is also its alignment where nothing is packed.
    """

    name: str
    family: str
    atoms: tuple[str, ...]
    size: int
    feature: str = ""


@dataclass(frozen=True)
class Member:
    """A member of a structure: one of its kind, an array of `count`, or with 0 an array without a length."""

    kind: Kind
    count: int | None = None


@dataclass(frozen=True)
class Structure:
    """A structure that is passed by value."""

    members: tuple[Member, ...]
    name: str = field(compare=False, default="")


Kind = Scalar | Structure


def _vector(atom: str, count: int) -> Scalar:
    size = ATOMS[atom].width * count
    return Scalar(f"{atom}x{count}", f"vector{size}", (atom,) * count, size, f"vectors of {size} bytes")


SCALARS: dict[str, Scalar] = {
    scalar.name: scalar
    for scalar in (
        *(Scalar(name, "narrow", (name,), ATOMS[name].width) for name in ("i8", "u8", "i16", "u16")),
        *(Scalar(name, "integer", (name,), ATOMS[name].width) for name in ("i32", "u32", "i64", "u64")),
        Scalar("bool", "bool", ("bool",), 1),
        Scalar("char", "char", ("char",), 1),
        Scalar("enumeration", "enum", ("enumeration",), 4),
        Scalar("handle", "pointer", ("handle",), 8),
        Scalar("f32", "float", ("f32",), 4),
        Scalar("f64", "float", ("f64",), 8),
        Scalar("i128", "int128", ("u64", "i64"), 16, "__int128"),
        Scalar("u128", "int128", ("u64", "u64"), 16, "__int128"),
        Scalar("ldouble", "long_double", ("f64",), 16, "long double"),
        Scalar("cf32", "complex", ("f32", "f32"), 8, "_Complex"),
        Scalar("cf64", "complex", ("f64", "f64"), 16, "_Complex"),
        _vector("f32", 4), _vector("f64", 2), _vector("i32", 4), _vector("u8", 16),
        _vector("f32", 8), _vector("f64", 4), _vector("i32", 8),
    )
}  # fmt: skip
"""The scalar kinds by name, simplest first."""

NARROW = ("i8", "u8", "i16", "u16", "bool", "char")
"""Kinds that do not fill the register or slot in which they are passed."""

STRUCTURES = "structures by value"
FLEXIBLE = "arrays without a length in structures by value"
DOTS = "variadic calls"

FEATURES: tuple[str, ...] = (
    STRUCTURES, FLEXIBLE, DOTS, *dict.fromkeys(scalar.feature for scalar in SCALARS.values() if scalar.feature),
)  # fmt: skip
"""What a compiler may lack."""


def bare(name: str) -> str:
    """The kind of an argument without the mark of what is passed where a declaration has dots."""
    return name.removeprefix(VARIADIC)


def is_variadic(name: str) -> bool:
    """Whether an argument of this kind is passed where the declaration has dots."""
    return name.startswith(VARIADIC)


@lru_cache(4096)
def parse(name: str) -> Kind:
    """The kind of a name, of an argument behind dots too. Raises ValueError."""
    name = bare(name)
    if name in SCALARS:
        return SCALARS[name]
    words = name.split("_")
    if words[0] != _STRUCT:
        raise ValueError(f"'{name}' is no kind of a plain C call")
    members, rest = _members(words[1:], name)
    if rest:
        raise ValueError(f"'{name}' goes on behind its end")
    return Structure(members, name)


def _members(words: list[str], name: str) -> tuple[tuple[Member, ...], list[str]]:
    members: list[Member] = []
    while words and words[0] != _END:
        word = words.pop(0)
        digits = len(word) - len(word.lstrip("0123456789"))
        count, word = int(word[:digits]) if digits else None, word[digits:]
        if word == _STRUCT:
            inner, words = _members(words, name)
            if not words or words.pop(0) != _END:
                raise ValueError(f"'{name}' has a structure without its end")
            members.append(Member(structure(inner), count))
        elif word in SCALARS:
            members.append(Member(SCALARS[word], count))
        else:
            raise ValueError(f"'{name}' has a member '{word}', which is no kind")
    if not members or any(member.count == 0 for member in members[:-1]):
        raise ValueError(f"'{name}' has no members, or an array without a length that is not the last of them")
    return tuple(members), words


def structure(members: tuple[Member, ...]) -> Structure:
    """The structure of some members, under its name."""
    return Structure(members, "_".join([_STRUCT, *map(_word, members)]))


def _word(member: Member) -> str:
    count = "" if member.count is None else str(member.count)
    return f"{count}{member.kind.name}" + (f"_{_END}" if isinstance(member.kind, Structure) else "")


def is_known(name: str) -> bool:
    """Whether this names a kind of a plain C call, or no return."""
    try:
        return name == NONE or bool(parse(name))
    except ValueError:
        return False


def places(kind: Kind, place: str) -> Iterator[tuple[str, Scalar]]:
    """The scalars that a value in `place` is made of, each as a C expression, in order."""
    if isinstance(kind, Scalar):
        yield place, kind
        return
    for at, member in enumerate(kind.members):
        inner = f"{place}.m{at}"
        for one in [inner] if member.count is None else [f"{inner}[{i}]" for i in range(member.count)]:
            yield from places(member.kind, one)


@lru_cache(4096)
def atoms(name: str) -> tuple[Atom, ...]:
    """What a value of a kind is written down as, a word each; nothing of no return."""
    if name == NONE:
        return ()
    return tuple(ATOMS[atom] for _, scalar in places(parse(name), "") for atom in scalar.atoms)


def scalars(kind: Kind) -> tuple[Scalar, ...]:
    """The scalars that a kind is made of, an array without a length among them."""
    if isinstance(kind, Scalar):
        return (kind,)
    return tuple(scalar for member in kind.members for scalar in scalars(member.kind))


def is_flexible(kind: Kind) -> bool:
    """Whether a structure ends in an array without a length."""
    return isinstance(kind, Structure) and any(member.count == 0 or is_flexible(member.kind) for member in kind.members)


def features(name: str) -> set[str]:
    """What a compiler must have for an argument or a return of this kind."""
    if name == NONE:
        return set()
    kind = parse(name)
    found = {scalar.feature for scalar in scalars(kind) if scalar.feature}
    found |= {DOTS} if is_variadic(name) else set()
    found |= {STRUCTURES} if isinstance(kind, Structure) else set()
    return found | ({FLEXIBLE} if is_flexible(kind) else set())


def size(kind: Kind) -> int:
    """The bytes of a kind where every scalar is aligned to its own size."""
    return _laid_out(kind)[0]


def _laid_out(kind: Kind) -> tuple[int, int]:
    if isinstance(kind, Scalar):
        return kind.size, kind.size
    end, widest = 0, 1
    for member in kind.members:
        bytes_, alignment = _laid_out(member.kind)
        end += -end % alignment + bytes_ * (1 if member.count is None else member.count)
        widest = max(widest, alignment)
    return end + -end % widest, widest


_RANK = {name: rank for rank, name in enumerate(("i32", *(name for name in SCALARS if name != "i32")))}


def weight(kind: Kind) -> int:
    """How far from simple a kind is: any scalar is simpler than any structure."""
    if isinstance(kind, Scalar):
        return _RANK[kind.name]
    return sum(2 * len(SCALARS) + weight(member.kind) + (member.count or 0) for member in kind.members)


def rarity(kind: Kind) -> tuple[int, ...]:
    """How likely a kind is to be the one that goes wrong among others."""
    special = any(scalar.family not in _PLAIN for scalar in scalars(kind))
    return int(is_flexible(kind)), int(special), weight(kind)


_PLAIN = {"narrow": "ints", "integer": "ints", "bool": "ints", "pointer": "ints", "float": "floats"}
MOST_IN_REGISTERS = 16


def family(name: str) -> str:
    """What a psABI has one rule for: the place that a finding's key and mark name."""
    prefix = VARIADIC if is_variadic(name) else ""
    if name == NONE:
        return name
    kind = parse(name)
    if isinstance(kind, Scalar):
        return prefix + kind.family
    if is_flexible(kind):
        return f"{prefix}struct_flexible"
    within = {scalar.family for scalar in scalars(kind)}
    special = [scalar.family for scalar in SCALARS.values() if scalar.family in within and scalar.family not in _PLAIN]
    if special:
        return f"{prefix}struct_of_{special[-1]}"
    if size(kind) > MOST_IN_REGISTERS:
        return f"{prefix}struct_large"
    sorts = {_PLAIN[one] for one in within}
    return f"{prefix}struct_{sorts.pop() if len(sorts) == 1 else 'mixed'}"
