"""Says which policy would allow what a runtime did, where it may copy, or preset the result, by design."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.model.kinds import FOLLOWED
from conformance.model.observation import Observation
from conformance.model.signature import Signature
from conformance.model.subject import Slot
from conformance.model.value import Value
from conformance.oracle.compare import first_wrong
from conformance.oracle.expect import Expectation
from conformance.oracle.sendable import is_untrue
from conformance.rules.load import Rules

_POINTERS = 'if the runtime passes a copy by design, set pointers = "equal" in [policy]'
_ARRAYS = 'if the runtime copies the arrays by design, set arrays = "copied" in [policy]'
_RESULT = 'if the runtime presets the result by design, set result = "preset" in [policy]'


def hint(
    rules: Rules, declared: Signature, slots: Sequence[Slot], due: Expectation, seen: Observation, followed: bool
) -> str:
    """The policy that would allow what was observed, in a sentence; "" if none would.

    `followed` says that the body looked at what its arguments point to, not at where that lies.
    """
    ended = seen.ended
    if ended is not None:
        over = ended.region in ("args", "codes") and len(slots) == len(declared) and due.rejected
        if over and not rules.copies_arrays:
            return _ARRAYS
        untrue = any(is_untrue(rules, slot.value.kind, slot.code) for slot in slots)
        reads = ended.argument is not None or (untrue and ended.how in ("faulted", "died"))
        return _POINTERS if reads and not rules.copies_pointees else ""
    if seen.status != 0:
        return _RESULT if "ret" in seen.effects and rules.result == "kept" else ""
    if rules.copies_pointees or due.rejected or seen.saw is None:
        return ""
    at = first_wrong(rules, due, seen)
    if at is not None:
        return _POINTERS if not followed and _leads_elsewhere(seen.saw[at]) else ""
    out, wanted = seen.out, due.out
    returned = declared.ret in FOLLOWED and due.outcome == "accepted" and seen.ret_code == due.ret_code
    return _POINTERS if returned and out and wanted and out != wanted and any(out[:8]) else ""


def _leads_elsewhere(got: Value | None) -> bool:
    """Whether what arrived is a pointer of which is known only that it is another one."""
    return got is not None and got.kind in FOLLOWED and got.bits != 0 and got.data is None and got.tensor is None
