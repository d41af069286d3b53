"""Renders the shim: the binding header's functions in a form that Python can reach."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.codegen.stubs import c_type, environment
from conformance.model.kinds import NONE


def render_shim(binding: str, packed: bool, kinds: Sequence[str]) -> str:
    """The text of one translation unit that exports what `transport.compiled.dynamic` calls.

    `binding` is the header's name as it is included.
    """
    pairs = [(kind, c_type(kind, packed)) for kind in kinds if kind not in (NONE, "null")]
    return environment().get_template("shim.c.j2").render(binding=binding, packed=packed, kinds=pairs)
