"""Verdicts: what a judged case can come to, with the words that explain them."""

from __future__ import annotations

VERDICTS: dict[str, str] = {
    "intact": "accepted, and every value, the return and its code arrived as sent",
    "coerced": "accepted under a convert rule, and the converted value is right",
    "detected": "rejected before the body ran, for the right argument, with an error that can be read",
    "misattributed": "rejected, but another argument or reason is named",
    "late": "the body was entered, or what an argument points to was touched, before the rejection that was due",
    "silent-wrong": "accepted, and a value the callee saw is not the one sent; it equals the prediction",
    "silent-equal": "accepted, and not distinguishable, or equal by luck: a latent mistake",
    "silent-reject": "returned 0 without running the body",
    "unpredicted": "accepted, and what was seen is neither the value sent nor the prediction",
    "false-alarm": "a matched call, or one that the rules accept, was rejected",
    "overrun": "a byte was read or written that is nobody's: outside a slot, or as a sanitizer told",
    "crashed": "a signal, an abort, an exit, a stack overflow or a sanitizer ended the call",
    "hung": "no progress within the limit",
    "unloadable": "a side finds a symbol missing in the version of the runtime that it meets",
    "inconclusive": "the compiler or the subject cannot build this case",
    "harness-error": "the suite's own fault",
}
"""Every verdict with what it means."""


DECISIONS = ("accept", "coerce", "reject", "crash", "hang")
"""What a callee can be seen to do with an argument."""

_DECIDED = {
    "crashed": "crash",
    "overrun": "crash",
    "hung": "hang",
    **dict.fromkeys(("detected", "misattributed", "late", "false-alarm", "silent-reject"), "reject"),
    "coerced": "coerce",
}


def decided(verdict: str) -> str:
    """What a callee did that came to this verdict, one of `DECISIONS`."""
    return _DECIDED.get(verdict, "accept")


class Nonconforming(AssertionError):
    """Cases that do not conform; the message has a line for each finding."""
