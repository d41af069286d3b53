"""The check of the metadata inside a tensor."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from conformance.checks.base import TENSOR_CLASSES, Check, SubjectFacts
from conformance.checks.columns import CLASS_NUMBERS, FOLLOW, KIND_NUMBERS, Draft, Rows, stack
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
def variants(spec: TensorSpec, rules: Rules, turn: int) -> tuple[tuple[str, Value], ...]:
    """Tensors that are passed where `spec` is declared, each with its mismatch class ("match": none).

    All that are near it, and of those that are far off other ones each `turn`, a number below `FAR_TURNS`.
    """
    far = payloads.far_tensors(spec)[turn::FAR_TURNS]
    every = (*payloads.near_tensors(spec), *payloads.odd_tensors(spec), *far)
    return tuple((tensor(value, spec, rules) or "match", value) for value in every)


def _tensor(draft: Draft) -> Rows:
    family = draft.family
    callee, at = draft.arguments()
    tensors = draft.kinds_at(callee, at) == KIND_NUMBERS["tensor"]
    found: list[tuple[int, int, int, int, int]] = []
    for declared, place in zip(callee[tensors].tolist(), at[tensors].tolist(), strict=True):
        spec = family.signatures[declared].params[place].tensor
        if spec is None:
            continue
        found += [
            (declared, place, family.place(value, place), CLASS_NUMBERS[cls], 0 if cls != "match" else FOLLOW)
            for cls, value in variants(spec, draft.rules, (declared + place + family.salt) % FAR_TURNS)
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
    cannot_see="the elements of a tensor",
    group="rejection",
    classes=(*TENSOR_CLASSES, "match"),
    passes=("detected", "intact"),
    asks=_has_tensors,
    plan=_tensor,
)
