"""Answers the claims about machine code from the comparison of inlined callers: C6 and C7."""

from __future__ import annotations

from conformance.cost.report.claims import Answer, Measured, unmeasured


def like_direct(measured: Measured) -> Answer:
    """C6: how many signatures become the direct call."""
    return unmeasured("C6", measured, "inline")


def narrow(measured: Measured) -> Answer:
    """C7: the same for narrow kinds."""
    return unmeasured("C7", measured, "inline")
