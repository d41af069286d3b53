"""Signatures print and parse back, and bad text is told in one sentence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from conformance.generation.strategies import Drawn, bundles
from conformance.model.kinds import DECLARABLE
from conformance.model.signature import Param, Signature, SignatureError, TensorSpec, parse_signature


@given(bundles(8, 64, DECLARABLE, with_null=True))
@settings(max_examples=50)
def test_every_drawn_signature_parses_back(drawn: Drawn) -> None:
    for signature in drawn.signatures:
        assert parse_signature(str(signature)) == signature


def test_the_text_form_is_the_documented_one() -> None:
    assert parse_signature("(i64, f64) -> i64") == Signature((Param("i64"), Param("f64")), "i64")
    assert parse_signature("() -> none") == Signature(())
    assert str(Param("tensor", TensorSpec())) == "tensor(f32,2x3)"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("i64 -> i64", "is no signature"),
        ("(i65) -> i64", "'i65' is no kind"),
        ("(i64) -> null", "'null' is no kind to return"),
        ("(tensor(f32,2y3)) -> none", "is no tensor"),
        ("(tensor(q8,2)) -> none", "is no data type"),
        ("(tensor(f32,2,colour=3)) -> none", "'colour'"),
    ],
)
def test_what_does_not_parse_is_named(text: str, words: str) -> None:
    with pytest.raises(SignatureError, match="^.*" + words):
        parse_signature(text)
