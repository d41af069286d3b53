"""Renders the two sides of plain C calls: a caller and a callee for each call, as C translation units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from conformance.codegen.stubs import environment
from conformance.direct.kinds import (
    Kind,
    Member,
    Structure,
    bare,
    is_variadic,
    parse,
    places,
    scalars,
)
from conformance.model.kinds import NONE
from conformance.model.signature import Signature
from conformance.toolchain.fixtures import root

_USES = {
    "__int128": "USES_INT128",
    "long double": "USES_LONG_DOUBLE",
    "_Complex": "USES_COMPLEX",
    "vectors of 16 bytes": "USES_VECTORS_OF_16",
    "vectors of 32 bytes": "USES_VECTORS_OF_32",
}
"""What kinds.h is told of the features that a unit uses."""


class Function(NamedTuple):
    """A caller or a callee as the templates take it: C types, and (scalar, place, word) of what is taken and told."""

    n: str
    text: str
    returns: str
    named: tuple[str, ...]
    variadic: tuple[str, ...]
    taken: tuple[tuple[str, str, int], ...]
    told: tuple[tuple[str, str, int], ...]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The C types of all arguments."""
        return self.named + self.variadic


def header() -> str:
    """The text of kinds.h, which both sides include."""
    return (root() / "templates" / "direct" / "kinds.h").read_text("utf-8")


def callers(signatures: Sequence[Signature]) -> str:
    """The unit of callers, one for each signature as its caller believes it to be."""
    return _unit("callers.c.j2", [_function(n, one, is_caller=True) for n, one in enumerate(signatures)], signatures)


def callees(signatures: Sequence[Signature]) -> str:
    """The unit of callees."""
    return _unit("callees.c.j2", [_function(n, one, is_caller=False) for n, one in enumerate(signatures)], signatures)


def _unit(template: str, functions: Sequence[Function], signatures: Sequence[Signature]) -> str:
    names = dict.fromkeys(kind for one in signatures for kind in _kinds(one) if kind != NONE)
    kinds = [parse(name) for name in names]
    used = {scalar.feature for kind in kinds for scalar in scalars(kind)}
    return (
        environment()
        .get_template(f"direct/{template}")
        .render(
            features=[macro for feature, macro in _USES.items() if feature in used],
            structures=[(name, _lines(one)) for name, one in _structures(kinds)],
            dots=any(function.variadic for function in functions),
            functions=functions,
        )
    )


def _structures(kinds: Sequence[Kind]) -> Iterator[tuple[str, Structure]]:
    """The structures of some kinds, each once."""
    found = {kind.name: kind for kind in kinds if isinstance(kind, Structure)}
    yield from found.items()


def _lines(kind: Structure) -> list[str]:
    """The members of a structure as lines of C."""
    lines: list[str] = []
    for at, member in enumerate(kind.members):
        if isinstance(member.kind, Structure):
            inner = [f"  {line}" for line in _lines(member.kind)]
            lines += ["struct {", *inner, f"}} m{at}{_extent(member)};"]
        else:
            lines.append(f"{member.kind.name} m{at}{_extent(member)};")
    return lines


def _extent(member: Member) -> str:
    return "" if member.count is None else f"[{member.count or ''}]"


def _kinds(signature: Signature) -> tuple[str, ...]:
    return (*(param.kind for param in signature.params), signature.ret)


def _function(n: int, signature: Signature, *, is_caller: bool) -> Function:
    kinds = [param.kind for param in signature.params]
    arguments = tuple(_words([(f"a{at}", kind) for at, kind in enumerate(kinds)]))
    returned = tuple(_words([] if signature.ret == NONE else [("back", signature.ret)]))
    return Function(
        f"{n:x}",
        str(signature),
        "void" if signature.ret == NONE else signature.ret,
        tuple(kind for kind in kinds if not is_variadic(kind)),
        tuple(bare(kind) for kind in kinds if is_variadic(kind)),
        arguments if is_caller else returned,
        returned if is_caller else arguments,
    )


def _words(values: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, int]]:
    """The scalars of values in their places, each with the first of the words that it is made of."""
    word = 0
    for place, kind in values:
        for inner, scalar in places(parse(kind), place):
            yield scalar.name, inner, word
            word += len(scalar.atoms)
