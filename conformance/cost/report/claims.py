"""The claims C1 to C10 about the cost of X0 and X1, as they were made, with the model behind each.

Source: the discussion that proposed both interfaces, "Implementing AOT in TVM" in the Apache TVM forum, 2021.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from conformance.cost.model import FrameResult, InlineResult
from conformance.cost.timing import CallCost

State = Literal["holds", "in part", "does not hold", "not measured"]


@dataclass(frozen=True)
class Claim:
    """One claim: what was said, and what it means when it is written down so that it can be measured."""

    id: str
    text: str
    model: str


@dataclass(frozen=True)
class Answer:
    """What became of a claim: the figures that were measured, and one sentence that is computed from them."""

    claim: Claim
    state: State
    measured: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Measured:
    """Everything that the answers are computed from; None where it could not be measured, and `why` by the same name.

    `suite` is the result of a run of the suite by C and Python (`abi-conformance/1`), `matrix` the acceptance table of
    the same subject as `matrix --json` has it.
    """

    suite: dict[str, Any] | None = None
    matrix: tuple[dict[str, Any], ...] | None = None
    frames: FrameResult | None = None
    inline: InlineResult | None = None
    calls: tuple[CallCost, ...] = ()
    why: dict[str, str] | None = None

    def reason(self, name: str) -> str:
        """Why something was not measured."""
        return (self.why or {}).get(name, "it was not asked for")


CLAIMS: dict[str, Claim] = {
    claim.id: claim
    for claim in (
        Claim(
            "C1",
            "X0 detects an integer passed for a float at run time; X1 has no mechanism to.",
            "X0: every mismatch that the rules reject is detected. X1: none is.",
        ),
        Claim(
            "C2",
            "On a 32-bit system an X0 call with n arguments and one output costs 8n + 4n + 4 + 8 + 4 + 4 bytes.",
            "12n + 20: values, codes, count, return value, return code, handle",
        ),
        Claim(
            "C3",
            "An X1 call costs 4n + 4n + 4 bytes; the same line then writes 8n + 20.",
            "8n + 4 is what the sum gives; the text disagrees with itself",
        ),
        Claim("C4", "With three arguments X0 costs 84 bytes and X1 44.", "56 by C2's formula; 28 or 44 by C3's two"),
        Claim(
            "C5",
            "X1 too needs stack allocation, for the arrays of inputs and outputs.",
            "one pointer an argument and one for the output, whether or not values are copied",
        ),
        Claim(
            "C6",
            "When the compiler inlines the call, loads and stores are promoted to registers, and with a callee that "
            "does not read the codes storing them is dead code: both conventions become like the direct call.",
            "the same machine code for direct, X0 checked, X0 release and X1, for every signature",
        ),
        Claim(
            "C7",
            "int64 slots cost memory, not arithmetic; narrowing to int32 after passing compiles to nothing.",
            "the same machine code for signatures of narrow kinds",
        ),
        Claim(
            "C8",
            "Without optimisation X0's overhead is not much larger than X1's; measure on workloads of interest.",
            "time of X0 checked over time of X1, less than 2 for every number of arguments",
        ),
        Claim(
            "C9",
            "Next to the memory operations on the tensors the overhead is negligible.",
            "the time of the call alone below 1 % of the whole",
        ),
        Claim(
            "C10",
            "X0 is a safe interface for static and for dynamic languages.",
            "the same verdicts when Python packs or receives the call",
        ),
    )
}
"""By id, in order."""


def unmeasured(claim: str, measured: Measured, *names: str) -> Answer:
    """The answer to a claim for which something is missing."""
    reasons: Iterable[str] = dict.fromkeys(measured.reason(name) for name in names)
    return Answer(CLAIMS[claim], "not measured", (), f"Not measured: {'; '.join(reasons)}.")
