"""Reads [packs_as]: which code each kind travels under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.model.kinds import KINDS, NONE
from conformance.rules.errors import RulesError


def default_packs_as(codes: Mapping[str, int], declared: Sequence[str], where: str) -> dict[str, str]:
    """What each kind packs as in TVM, of which a table without [packs_as] has the codes' names.

    All integers share `int`, and so does bool where there is no `bool`; floats share `float`; null and a return of
    nothing share `null`; any other kind has the code of its own name. `declared` are the kinds that need a code.
    Raises RulesError where they have none.
    """
    found = {kind: name for kind in (*KINDS, NONE) if (name := _default(kind, codes)) in codes}
    for kind in declared:
        if kind not in found:
            raise RulesError(
                f"{where}: [codes] has no '{_default(kind, codes)}', which kind {kind} of [accept.{kind}] packs as; "
                f'add it, or say in [packs_as] under which code it travels, as in {kind} = "{next(iter(codes))}"'
            )
    return found


def _default(kind: str, codes: Mapping[str, int]) -> str:
    if kind in (NONE, "null"):
        return "null"
    if KINDS[kind].is_integer or (kind == "bool" and "bool" not in codes):
        return "int"
    return "float" if KINDS[kind].family == "float" else kind


def read_packs_as(
    raw: Mapping[str, str], codes: Mapping[str, int], declared: Sequence[str], where: str
) -> dict[str, str]:
    """The [packs_as] table. Raises RulesError, also where it lacks a kind of `declared`."""
    for kind, name in raw.items():
        if kind not in KINDS and kind != NONE:
            raise RulesError(
                f"{where}: [packs_as] {kind}: it is no kind; there are {', '.join((*KINDS, NONE))}, and the code of a "
                f"kind of your own stands in [kinds.{kind}]"
            )
        if name not in codes:
            raise RulesError(f"{where}: [packs_as] {kind} = {name!r} is not in [codes]; there are {', '.join(codes)}")
    for kind in declared:
        if kind not in raw:
            raise RulesError(
                f"{where}: [packs_as] has no '{kind}', which [accept.{kind}] declares; add the code that it travels "
                f'under, as in {kind} = "{next(iter(codes))}", or drop that table'
            )
    return dict(raw)
