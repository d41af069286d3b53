"""Renders callers and callees whose convention a compiler can see through, for `cost inline`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from conformance.codegen.stubs import c_type, environment
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Signature
from conformance.rules.load import Rules

Part = Literal["all", "callers", "callees"]

_MEMBERS = {"int": "v_int64", "uint": "v_int64", "bool": "v_int64", "float": "v_float64", "pointer": "v_handle"}
_STRUCTS = {"dtype": "v_type", "device": "v_device"}


@dataclass(frozen=True)
class _Slot:
    """How one kind lies in a slot: its C type, its member of the value union, its code, and the codes accepted."""

    kind: str
    type: str
    member: str
    code: int
    accepted: tuple[int, ...]

    @property
    def cast(self) -> str:
        """What stands before a value that is stored: C keeps pointers to constants apart."""
        return "(void*)" if self.kind in ("str", "bytes") else ""

    def load(self, slot: str) -> str:
        """The C expression of the value in a slot, converted as the reference does."""
        value = f"{slot}.{self.member}"
        if self.kind == "bool":
            return f"{value} != 0"
        if self.kind in ("i64", "f64", "handle", *_STRUCTS):
            return value
        return f"({self.type}){value}"

    def rejects(self, code: str) -> str:
        """The C condition under which a code is rejected."""
        return " && ".join(f"{code} != {number}" for number in self.accepted)


def render_inlined(signatures: Sequence[Signature], conventions: Sequence[str], rules: Rules, part: Part) -> str:
    """The text of one unit: everything in sight of everything, or the callers or the callees alone.

    Beside the direct call it has those of `conventions`: x0_checked, x0_release and x1.

    A tensor is what its code says, a pointer: comparing its metadata is work of the callee under any convention.
    """

    @cache
    def slot(kind: str, returned: bool) -> _Slot:
        member = "" if kind == NONE else _STRUCTS.get(kind) or _MEMBERS[KINDS[kind].family]
        table = (
            (rules.returns if returned else rules.accept)[kind] if kind != NONE else {rules.code_name(kind): "exact"}
        )
        accepted = tuple(sorted(rules.codes[name] for name in table))
        return _Slot(kind, c_type(kind, packed=True), member, rules.code(kind), accepted)

    views = [
        {
            "n": n,
            "text": str(signature),
            "params": [slot(param.kind, False) for param in signature.params],
            "ret": slot(signature.ret, True),
        }
        for n, signature in enumerate(signatures)
    ]
    return environment().get_template("cost/inline.c.j2").render(signatures=views, conventions=conventions, part=part)
