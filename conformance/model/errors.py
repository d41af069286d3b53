"""The exit codes of every command, and the base class of all errors that a user can mend."""

from __future__ import annotations

CONFORMING, NONCONFORMING, INTERRUPTED, INTERNAL_ERROR, USAGE_ERROR, NOTHING_RAN = range(6)
"""The exit codes; pytest's own numbers."""


class UserError(Exception):
    """What a user can mend: the message says what is wrong and what mends it, in one sentence.

    Each way in prints the message and ends with `exit_code`; any other exception is the suite's own fault.
    """

    exit_code = USAGE_ERROR
