"""The values that subjects in Python are passed."""

from __future__ import annotations

from conformance.engine.values import value
from conformance.generation.payloads import RESULT_PLACE
from conformance.model.signature import Param, TensorSpec
from conformance.rules.load import load


def test_a_handle_leads_to_a_tensor_where_it_is_taken_for_one_and_else_nowhere() -> None:
    handle = Param("handle")
    assert value(load("tvm-emitted"), handle, 0, 1).tensor == TensorSpec()
    assert value(load("tvm-packed-runtime"), handle, 0, 1).tensor is None  # whose tensors have a code of their own


def test_a_returned_handle_is_known_before_anything_is_called() -> None:
    assert value(load("tvm-emitted"), Param("handle"), RESULT_PLACE, 1).tensor is None
