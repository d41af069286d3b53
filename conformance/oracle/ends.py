"""How a call of a callee with checks can end, in the order in which what ends it is looked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Protocol

from conformance.rules.load import Rules

Outcome = Literal["accepted", "rejected", "take-rejected"]


class End(NamedTuple):
    """A way for a call to end. `entered` says whether the body runs, `names` whether a rejection names an argument."""

    outcome: Outcome
    entered: bool = False
    names: bool = False


COUNTED_OUT, BY_CODE, AT_UNPACK, NO_RESULT, NOT_TAKEN, ACCEPTED = range(6)
"""Places in `ENDS`. A call ends at the first that applies, so that the least of several numbers is its end."""

ENDS = (
    End("rejected"),  # the count, or a null array where there are arguments
    End("rejected", names=True),  # an argument's code
    End("rejected", names=True),  # an argument's value, which cannot be unpacked
    End("rejected", entered=True),  # there is nowhere to put the result
    End("take-rejected", entered=True),  # the caller does not take what is returned
    End("accepted", entered=True),
)


class Fate(Protocol):
    """What the end of a call depends on, of one value that crosses."""

    @property
    def rejected(self) -> bool:
        """Whether the value must be rejected."""

    @property
    def at_unpack(self) -> bool:
        """Whether it must be rejected when it is unpacked, not by its code."""

    @property
    def equal(self) -> bool:
        """Whether what is seen means what was sent."""


class Decided(NamedTuple):
    """The outcome of a call; `first` is the argument that a rejection names, `any_of` all that it may name instead."""

    outcome: Outcome
    verdict: str
    first: int | None = None
    any_of: tuple[int, ...] = ()
    entered: bool = False


def lacks_array(nulls: Sequence[str]) -> bool:
    """Whether the array of values or of codes is among what is null."""
    return "args" in nulls or "codes" in nulls


def is_counted_out(declared: Any, told: Any, null_array: Any) -> Any:
    """Whether a call must be rejected before any argument is looked at: a wrong count, or a null array of some.

    Of one call with numbers, or of many with columns of them.
    """
    return (told != declared) | (null_array & (declared > 0))


def of_argument(argument: Fate) -> int:
    """Where a call ends for the sake of one argument."""
    return (AT_UNPACK if argument.at_unpack else BY_CODE) if argument.rejected else ACCEPTED


def of_result(taken: Fate | None) -> int:
    """Where a call ends for the sake of what its caller takes, None where that is no part of it."""
    return NOT_TAKEN if taken is not None and taken.rejected else ACCEPTED


def decide(
    rules: Rules,
    declared: int,
    told: int,
    nulls: Sequence[str],
    arguments: Sequence[Fate],
    taken: Fate | None,
    cls: str,
) -> Decided:
    """The outcome of a call of a callee with checks that declares so many arguments and is told another count or it.

    `arguments` need not be there for a call that is counted out. `cls` is the class of its mismatch.
    """
    by_argument = [of_argument(argument) for argument in arguments]
    counted_out = COUNTED_OUT if is_counted_out(declared, told, lacks_array(nulls)) else ACCEPTED
    no_result = NO_RESULT if "ret" in nulls else ACCEPTED
    number = min(counted_out, no_result, of_result(taken), *by_argument)
    end = ENDS[number]
    if end.names:
        named = tuple(place for place, ended in enumerate(by_argument) if ended <= AT_UNPACK)
        return Decided(end.outcome, "detected", by_argument.index(number), named if rules.order == "any" else ())
    if number != ACCEPTED:
        return Decided(end.outcome, "detected", entered=end.entered)
    equal = (taken is None or taken.equal) and all(argument.equal for argument in arguments)
    return Decided(end.outcome, accepted_verdict(cls, equal), entered=True)


def accepted_verdict(cls: str, equal: bool) -> str:
    """The verdict of an accepted call of which everything is seen as predicted."""
    if cls in ("match", "layout"):
        return "intact"
    if cls == "coerce":
        return "coerced"
    return "silent-equal" if equal else "silent-wrong"
