"""What lies in the result slot before a call: wide codes, and those of the table that own nothing."""

from __future__ import annotations

from conformance.generation.presets import NO_CODE, old_value, presets
from conformance.rules.load import load

RULES = load("tvm-packed")


def test_presets_are_wide_negative_and_every_valid_code_but_an_objects() -> None:
    codes = presets(RULES)
    assert codes[0] == NO_CODE and len(set(codes)) == len(codes) < 2**8
    assert any(code < 0 for code in codes) and any(code >> 16 and code > 0 for code in codes)
    owned = {RULES.codes[name] for name in ("object", "module", "packed", "ndarray", "rvalue")}
    assert set(codes) & set(RULES.codes.values()) == {RULES.code(kind) for kind in RULES.passable}
    assert not set(codes) & owned


def test_nothing_leads_anywhere_under_a_pointers_code() -> None:
    assert {old_value(RULES, RULES.code(kind)) for kind in ("str", "bytes", "tensor", "handle", "null")} == {0}
    assert old_value(RULES, RULES.code("i64")) == 2**64 - 1
    assert old_value(RULES, NO_CODE) not in (0, 2**64 - 1)
