"""What a finding on disk is read as, and what may be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.model.case import Case
from conformance.model.errors import UserError

AGAIN = "run the suite again, or take the file as it was written"
"""The hint for a file that was changed."""

ID = re.compile(r"[0-9a-f]{1,64}")


class FindingError(UserError):
    """A finding that cannot be written or read; the message names the file, the key and the hint."""


@dataclass(frozen=True)
class StoredFinding:
    """A recorded case. `subject` is a name or a manifest's path; it and `verdict` are empty if unrecorded.

    `specs` are what the case's compilers were asked for by, by id.
    """

    case: Case
    subject: str
    verdict: str
    specs: Mapping[str, str] = field(default_factory=dict)
