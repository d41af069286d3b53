"""What a run turned out to be about, once its options are resolved: plain data of the engine and the reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RunFacts:
    """What a run is about, once it is resolved: the first lines of the result.

    `subject` has name, version and convention, and may have versions, {name: version} of all that runs; each of
    `compilers` has id, spec, version and target; `pairs` are pairs of compiler ids. `notes` are further lines of the
    header, as name and value. `manifest` and `binding` are the files of a subject that has them.
    """

    subject: dict[str, Any]
    compilers: tuple[dict[str, str], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    manifest: Path | None = None
    binding: Path | None = None
