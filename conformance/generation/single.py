"""Hypothesis strategies for one signature and for one value, drawn choice by choice, so that Hypothesis shrinks them.

A run draws whole bundles off tapes instead (strategies.py), which is several times as fast, and shrinks by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from conformance.generation import payloads
from conformance.generation.strategies import drawn_tensor
from conformance.model.kinds import NONE
from conformance.model.signature import Param, Signature
from conformance.model.value import Value


@st.composite
def params(draw: Any, kinds: Sequence[str]) -> Param:
    """One argument of one of these kinds; a tensor with metadata, most often the plain ones."""
    kind = draw(st.sampled_from(kinds))
    if kind != "tensor":
        return Param(kind)
    return Param(kind, drawn_tensor(lambda count: int(draw(st.integers(0, count - 1)))))


def signatures(kinds: Sequence[str], max_args: int) -> st.SearchStrategy[Signature]:
    """Signatures of at most `max_args` arguments; they shrink to fewer, of the first kinds, that return nothing."""
    arguments = st.lists(params(kinds), max_size=max_args).map(tuple)
    return st.builds(Signature, arguments, st.sampled_from((NONE, *kinds)))


def values(param: Param, place: int) -> st.SearchStrategy[Value]:
    """What a caller passes for an argument: values that tell their place, and those at which conversions go wrong."""
    telling = [payloads.graffiti(param, place, salt) for salt in range(payloads.SALTS)]
    return st.sampled_from(list(dict.fromkeys([*telling, *payloads.boundaries(param.kind)])))


def results(kind: str) -> st.SearchStrategy[Value]:
    """What a body returns."""
    usual = payloads.result(kind)
    return st.just(usual) if kind == NONE else st.sampled_from(list(dict.fromkeys([usual, *payloads.boundaries(kind)])))
