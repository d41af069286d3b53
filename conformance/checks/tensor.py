"""The check of the metadata inside a tensor."""

from __future__ import annotations

from conformance.checks.base import TENSOR_CLASSES, Check, SubjectFacts


def _has_tensors(subject: SubjectFacts) -> str | None:
    return None if "tensor" in subject.kinds else "the subject has no tensors"


TENSOR = Check(
    "X0-TENSOR",
    requirement="wrong tensor metadata is rejected field by field",
    why="A tensor's code says nothing about its shape, type or device; a kernel trusts all of them.",
    group="rejection",
    classes=(*TENSOR_CLASSES, "match"),
    passes=("detected", "intact"),
    asks=_has_tensors,
)
