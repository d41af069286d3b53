"""Names that the subject protocol had before: adapters written against them still run, and their authors are warned."""

from __future__ import annotations

from typing import Any

from conformance.model.subject import CalleeResponse, SubjectInfo, warn_renamed

__all__ = ["About", "Handed"]


class About(SubjectInfo):
    """`SubjectInfo` with `wire` for `mutable_parts`, in which type codes were not listed, as they could always lie."""

    def __init__(self, *args: Any, wire: tuple[str, ...] | None = None, **fields: Any) -> None:
        if wire is not None:
            warn_renamed("SubjectInfo.wire", "SubjectInfo.mutable_parts")
            fields["mutable_parts"] = tuple(dict.fromkeys(("type-codes", *wire)))
        super().__init__(*args, **fields)

    @property
    def wire(self) -> tuple[str, ...]:
        """The parts that can be made to lie besides the type codes."""
        return tuple(part for part in self.mutable_parts if part != "type-codes")


Handed = CalleeResponse
