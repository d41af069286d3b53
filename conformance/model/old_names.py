"""Names that the subject protocol had before: adapters written against them still run, and their authors are warned."""

from __future__ import annotations

from typing import Any

from conformance.model.subject import CalleeResponse, SubjectInfo, warn_renamed

__all__ = ["About", "Handed"]


class About(SubjectInfo):
    """`SubjectInfo` with `wire` as the name of `mutable_parts`."""

    def __init__(self, *args: Any, wire: tuple[str, ...] | None = None, **fields: Any) -> None:
        if wire is not None:
            warn_renamed("SubjectInfo.wire", "SubjectInfo.mutable_parts")
            fields["mutable_parts"] = wire
        super().__init__(*args, **fields)

    @property
    def wire(self) -> tuple[str, ...]:
        """The old name of `mutable_parts`."""
        return self.mutable_parts


Handed = CalleeResponse
