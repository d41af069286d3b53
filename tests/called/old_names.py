"""A subject as it was written before the names of the protocol changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conformance.model.subject import About, Call, Handed, Reply
from tests.called.honest import Honest


class Old(Honest):
    """Says, reads and takes everything by the old names."""

    def __init__(self) -> None:
        super().__init__()
        new = self.about
        self.about = About(
            name="old",
            version="1.0",
            rules=str(Path(__file__).with_name("honest.toml")),
            sides=("test", "python"),
            checks=("X0-MATCH", "X0-COUNT", "X0-RETURN"),
            claims=new.claims,
            takes=new.takes,
            wire=("count",),
        )

    def check_count(self, declared: Any, call: Call) -> None:
        told = len(call.slots) if call.told is None else call.told
        super().check_count(declared, call._replace(claimed_count=told))

    def take(self, kind: str, handed: Handed) -> Reply:
        return super().take(kind, Handed(*handed))

    def declare(self, signatures: Sequence[Any], release: bool) -> Sequence[Any]:
        assert self.about.wire == ("count",)  # type: ignore[attr-defined]
        return super().declare(signatures, release)
