"""Renders the sides whose stubs are generic: they read signatures from a table, so one text serves them all."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.codegen.stubs import c_type, environment, layout_entries
from conformance.model.kinds import NONE, NUMBERS

ENTRIES = 64
"""Signatures that a side is bound to at once: ABI_GENERIC of include/abi/table.h."""


def render_generic(
    role: str, kinds: Sequence[str], *, with_null: bool, binding: str, packed: bool, cxx: bool = False
) -> str:
    """The text of one side for arguments and returns of `kinds`: `role` is "callers" or "callees".

    `binding` is the header's name as it is included; with `cxx` it is C++. With `with_null` callers pass nulls too. The
    side tells the layouts of values of its kinds.
    """
    declared = {kind: c_type(kind, packed) for kind in kinds}
    passed = {**declared, "null": c_type("null", packed)} if with_null else declared
    return (
        environment()
        .get_template(f"generic/{role}.c.j2")
        .render(
            binding=binding,
            packed=packed,
            cxx=cxx,
            layout=[expression for _, expression, _ in layout_entries(kinds, packed)],
            declared=declared,
            passed=passed,
            numbers={kind: NUMBERS[kind] for kind in (*passed, NONE)},
            entries=ENTRIES,
        )
    )
