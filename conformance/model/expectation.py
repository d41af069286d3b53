"""What must come of a case as the case holds it: plain data that needs no rules, for what only compares."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, frozen

from conformance.model.case import Case
from conformance.model.json import from_json


@frozen
class ExpectedValue:
    """What must be found where one value arrives.

    `how` says what is compared: "bits" its `width` bytes, as an unsigned integer in hexadecimal; "address" its first
    `width` bytes, with those of the address that was sent; "content" what it points to, with `data` in hexadecimal;
    "tensor" the metadata that it points to, with those that were sent; "untouched" the place, which must be as it was;
    "open" nothing.
    """

    how: str = "open"
    width: int = 0
    bits: str = "0x0"
    data: str = ""


@frozen
class StoredExpectation:
    """What must happen to one call.

    `outcome` is accepted, rejected, take-rejected, or undetected: no rejection but by the conversions of the arguments
    `named`. `passes` are the verdicts that conform. `required` says it in words, `entered` whether the body runs; of a
    rejected call, whether it may have run. A rejection must name one of the arguments `named`, found by the pattern
    `error_index` and counted from `error_base`, and one word each of the lists of `mentions`. `handle` says whether the
    callee is given the caller's resource handle, and not null, `state` whether floating point must be left as it was,
    `result_kept` whether a rejection leaves the result slot as it was.
    `arguments` are what the body sees, one an argument that is declared. `ret_codes` are the codes that the return may
    have, None for any. `taken` is what the caller takes, `out` what an unpacked call leaves in the slot of its result;
    None where there is nothing. `error_after` is "kept" where a call after a rejection finds its error, else "empty".
    """

    outcome: str
    required: str
    passes: tuple[str, ...] = ()
    entered: bool = False
    named: tuple[int, ...] = ()
    error_index: str = ""
    error_base: int = 0
    mentions: Mapping[str, tuple[str, ...]] = Factory(dict)
    handle: bool = True
    state: bool = False
    result_kept: bool = True
    arguments: tuple[ExpectedValue, ...] = ()
    ret_codes: tuple[int, ...] | None = None
    taken: ExpectedValue | None = None
    out: ExpectedValue | None = None
    error_after: str = "empty"

    @property
    def may_be_accepted(self) -> bool:
        """Whether the call conforms if it returns 0 as well as if it is rejected, or rather."""
        return self.outcome != "rejected" or "silent-wrong" in self.passes

    @property
    def may_be_rejected(self) -> bool:
        """Whether the call conforms if it is rejected as well as if it returns 0, or rather."""
        by_claim = self.outcome == "accepted" and not {"detected", "false-alarm"}.isdisjoint(self.passes)
        return self.outcome == "rejected" or by_claim


def expectations_of(case: Case) -> tuple[StoredExpectation, StoredExpectation | None]:
    """Of the call that a case is about, and of the other one in the modes that make two.

    Raises ValueError where the case holds none.
    """
    if case.expectation is None:
        raise ValueError("the case has no expectation: only a finding's has")
    other = case.expectation.get("other")
    call = from_json(case.expectation["call"], StoredExpectation)
    return call, None if other is None else from_json(other, StoredExpectation)
