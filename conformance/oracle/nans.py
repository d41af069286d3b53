"""Which NaNs keep their bits where a target's floating point unit carries them; of the others nothing is promised."""

from __future__ import annotations

from conformance.model.kinds import KINDS
from conformance.model.numbers import is_nan, is_quiet
from conformance.model.target import Target
from conformance.model.value import Value


def keeps(target: Target, value: Value | None) -> bool:
    """Whether a value's bits are the same after it was passed, returned and converted on a target."""
    return value is None or keeps_bits(target, value.kind, value.bits)


def keeps_bits(target: Target, kind: str, bits: int) -> bool:
    """Whether the bits of a value of a kind are the same after it was passed, returned and converted on a target.

    An x87 unit makes a signalling NaN quiet when it loads it; RISC-V and older MIPS make one NaN of all that they
    convert; PowerPC widens a signalling NaN without making it quiet.
    """
    if target.nans == "all" or kind not in KINDS or KINDS[kind].family != "float":
        return True
    width = KINDS[kind].width
    return not is_nan(bits, width) or (target.nans == "quiet" and is_quiet(bits, width))
