"""The check of the metadata inside a tensor."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from conformance.checks.base import TENSOR_CLASSES, Check, SubjectFacts
from conformance.checks.columns import CLASS_NUMBERS, FOLLOW, KIND_NUMBERS, Rows, stack
from conformance.checks.draft import Draft, Family
from conformance.generation import payloads
from conformance.model.signature import TensorSpec
from conformance.model.value import Value
from conformance.oracle.mismatch import tensor
from conformance.rules.load import Rules


def _has_tensors(subject: SubjectFacts) -> str | None:
    return None if "tensor" in subject.kinds else "the subject has no tensors"


FAR_TURNS = 4
"""One in so many of the tensors far off is passed in one place; every one of them comes up over a few places."""


@lru_cache(maxsize=4096)
def variants(spec: TensorSpec, rules: Rules, turn: int | None) -> tuple[tuple[str, Value], ...]:
    """Tensors that are passed where `spec` is declared, each with its mismatch class ("match": none).

    All that are near it, and of those that are far off other ones each `turn`, a number below `FAR_TURNS`; all if None.
    """
    every_far = payloads.far_tensors(spec)
    far = every_far if turn is None else every_far[turn::FAR_TURNS]
    every = (*payloads.near_tensors(spec), *payloads.odd_tensors(spec), *far)
    return tuple((tensor(value, spec, rules) or "match", value) for value in every)


def _is_safe(value: Value, family: Family) -> bool:
    """Whether nobody follows a tensor's pointers anywhere who does not look at what is promised to be looked at."""
    if not family.by_value:
        return True
    told = value.tensor is not None and value.tensor.told_ndim is not None
    needed = "tensor-null" if value.no_shape else "tensor-ndim" if told else ""
    return not needed or needed in family.claims


def _declared(draft: Draft) -> Iterator[tuple[int, int, TensorSpec]]:
    """Every tensor that is declared: its callee, its place, and how it has to look."""
    callee, at = draft.arguments()
    tensors = draft.kinds_at(callee, at) == KIND_NUMBERS["tensor"]
    for declared, place in zip(callee[tensors].tolist(), at[tensors].tolist(), strict=True):
        spec = draft.family.signatures[declared].params[place].tensor
        if spec is not None:
            yield declared, place, spec


def one_wrong(draft: Draft) -> Rows:
    """Each callee that has a tensor with its first one of another data type."""
    found: dict[int, tuple[int, int, int, int]] = {}
    for declared, place, spec in _declared(draft):
        if declared not in found:
            value = Value("tensor", tensor=payloads.of_another_type(spec))
            cls = CLASS_NUMBERS[tensor(value, spec, draft.rules) or "match"]
            found[declared] = declared, place, draft.family.place(value, place), cls
    columns = np.array(list(found.values()), dtype=np.int64).reshape(-1, 4)
    at = columns[:, 1]
    return draft.matched(columns[:, 0], value_at=at, value=columns[:, 2], cls=columns[:, 3], index=at)


def _tensor(draft: Draft) -> Rows:
    family = draft.family
    follow = 0 if family.by_value else FOLLOW
    found: list[tuple[int, int, int, int, int]] = []
    for declared, place, spec in _declared(draft):
        turn = (declared + place + family.salt) % FAR_TURNS
        found += [
            (declared, place, family.place(value, place), CLASS_NUMBERS[cls], follow if cls == "match" else 0)
            for cls, value in variants(spec, draft.rules, None if family.by_value else turn)
            if _is_safe(value, family)
        ]
    columns = np.array(found, dtype=np.int64).reshape(-1, 5)
    index = np.where(columns[:, 4], -1, columns[:, 1])
    varied = draft.matched(
        columns[:, 0], value_at=columns[:, 1], value=columns[:, 2], cls=columns[:, 3], flags=columns[:, 4], index=index
    )
    return stack(draft.grid(TENSOR_CLASSES), varied)


TENSOR = Check(
    "X0-TENSOR",
    requirement="wrong tensor metadata is rejected field by field",
    why="A tensor's code says nothing about its shape, type or device; a kernel trusts all of them.",
    looks_at="each field of the metadata wrong alone, and tensors that look otherwise and are equal",
    cannot_see='the elements of a tensor, unless [policy] has contents = "read"',
    group="rejection",
    classes=(*TENSOR_CLASSES, "match"),
    passes=("detected", "intact"),
    asks=_has_tensors,
    plan=_tensor,
)
