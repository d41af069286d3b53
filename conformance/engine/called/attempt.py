"""One call that a check makes of a called subject, and how it is wrong."""

from __future__ import annotations

from typing import NamedTuple

from conformance.model.case import Mismatch
from conformance.model.signature import Signature
from conformance.model.subject import Call, Handed


class Attempt(NamedTuple):
    """One call of a check: the callee's place among the bundle's, what is passed and how it is wrong.

    `beside` is made by another thread at the same time. `paired` says that an unpacked call of the same two signatures
    is the same mistake. With `handed` it is no callee that is tried, but a caller that takes what `passed` returns.
    """

    callee: int
    passed: Signature
    call: Call
    mismatch: Mismatch
    beside: Call | None = None
    paired: bool = False
    handed: Handed | None = None
