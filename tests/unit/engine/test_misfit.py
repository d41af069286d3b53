"""A case that a subject has no means for is refused in a sentence, and not made as another one that conforms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.engine.misfit import Means, misfit
from conformance.model.case import MATCH, Case, Mutations
from conformance.model.signature import parse_signature
from conformance.model.value import Value

SIGNATURE = parse_signature("(i64) -> i64")
CASE = Case("X0-MATCH", "packed", "tcc", "tcc", SIGNATURE, SIGNATURE, MATCH, (Value("i64", 5),), Value("i64", 7))
COMPILED = Means("reference", {"i64", "none"}, ("packed", "unpacked"), ("plain", "nested"), (), under_codes=True)
CALLED = Means("honest", {"i64", "none"}, ("packed",), ("plain", "concurrent"), ("padding",), takes=True)
PACKER = replace(CALLED, callees=False, packs=True)


@pytest.mark.parametrize(
    ("change", "means", "why"),
    [
        ({}, COMPILED, ""),
        ({}, PACKER, "it is about a callee, and this subject is a packer and has none"),
        ({"convention": "unpacked"}, COMPILED, ""),
        ({"convention": "unpacked"}, CALLED, "it is a call of the unpacked convention, which honest does not have"),
        ({"mode": "nested"}, COMPILED, ""),
        ({"mode": "nested"}, CALLED, "it is made in the mode nested, in which honest cannot be called"),
        ({"wire": Mutations(by_packer=True)}, PACKER, ""),
        (
            {"wire": Mutations(by_packer=True)},
            COMPILED,
            "it is about what a packer sends, and this subject packs nothing",
        ),
        ({"wire": Mutations(padding=((0, 9),))}, CALLED, ""),
        (
            {"wire": Mutations(padding=((0, 9),))},
            COMPILED,
            "it lays words into bytes of slots that mean nothing, of which reference has none",
        ),
        ({"wire": Mutations(handed=(-1, "ValueError", "no"))}, PACKER, ""),
        (
            {"wire": Mutations(handed=(-1, "ValueError", "no"))},
            COMPILED,
            "it is about what a caller takes, and this subject has no caller",
        ),
        ({"wire": Mutations(codes=((-1, 256),))}, COMPILED, ""),
        (
            {"wire": Mutations(codes=((-1, 256),))},
            CALLED,
            "it lays a return under another code, and this subject's calls are made by itself",
        ),
        ({"passed": parse_signature("(f64) -> i64")}, CALLED, "the subject's rules have no kind 'f64'"),
    ],
)
def test_what_a_subject_has_no_means_for_is_said(change: dict[str, object], means: Means, why: str) -> None:
    case = replace(CASE, **change)  # type: ignore[arg-type]
    assert misfit(case, means) == why
    assert misfit(replace(CASE, history=(case,)), replace(means, callees=True)) == (why if means.callees else "")
