"""The check of the metadata inside a tensor."""

from __future__ import annotations

import numpy as np

from conformance.checks.base import TENSOR_CLASSES, Check, SubjectFacts
from conformance.checks.columns import CLASS_NUMBERS, FOLLOW, KIND_NUMBERS, Draft, Rows, stack
from conformance.generation import payloads


def _has_tensors(subject: SubjectFacts) -> str | None:
    return None if "tensor" in subject.kinds else "the subject has no tensors"


def _tensor(draft: Draft) -> Rows:
    family = draft.family
    callee, at = draft.arguments()
    tensors = draft.kinds_at(callee, at) == KIND_NUMBERS["tensor"]
    found: list[tuple[int, int, int, int, int]] = []
    for declared, place in zip(callee[tensors].tolist(), at[tensors].tolist(), strict=True):
        spec = family.signatures[declared].params[place].tensor
        if spec is None:
            continue
        variants = [(cls, value, 0) for cls, value in payloads.tensor_variants(spec)]
        variants += [("match", value, FOLLOW) for value in payloads.equal_tensors(spec)]
        found += [(declared, place, family.place(v), CLASS_NUMBERS[cls], flags) for cls, v, flags in variants]
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
