"""The values that subjects in Python are passed."""

from __future__ import annotations

from conformance.engine.values import value
from conformance.model.signature import Param, TensorSpec
from conformance.rules.load import load


def test_a_handle_leads_nowhere_or_to_a_tensor_where_callees_take_it_for_one() -> None:
    rules, handle = load("tvm-emitted"), Param("handle")
    assert value(rules, handle, 0, 1).tensor is None
    assert value(rules, handle, 0, 1, leads=True).tensor == TensorSpec()
