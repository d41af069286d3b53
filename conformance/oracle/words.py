"""The words in which a judgement tells values, signals, faults and side effects."""

from __future__ import annotations

import re
import signal as signals

from conformance.model.data_model import NATIVE, DataModel
from conformance.model.kinds import KINDS
from conformance.model.value import Value

_REGIONS = {
    "args": "behind the array of values",
    "codes": "behind the array of codes",
    "ret": "behind the result slot",
    "slots": "behind the slots of the arguments",
    "program": "by a write to what an argument points to",
    "null": "at a null pointer",
    "stack": "as the stack ran out",
    "elsewhere": "at an address of its own making",
    "released": "at a pointer kept from a call before, whose text, bytes or tensor are gone by now",
}

_EFFECTS = {
    "poison": ("overrun", "changed a byte outside a slot"),
    "arrays": ("overrun", "changed the caller's values or codes"),
    "ret": ("overrun", "rejected the call and wrote the result slot all the same"),
    "handle": ("unpredicted", "handed the callee another resource handle than the rules say"),
    "stack": ("unpredicted", "the stack is not 16-aligned on entry to the body"),
    "registers": ("unpredicted", "left registers changed that a callee must keep"),
    "fenv": ("unpredicted", "left another floating-point environment"),
    "x87": ("unpredicted", "left the x87 register stack in use"),
    "direction": ("unpredicted", "left the direction flag set"),
    "signals": ("unpredicted", "left signals blocked"),
}

STATE_EFFECTS = ("stack", "registers", "fenv", "x87", "direction", "signals")
"""Side effects on the machine's state."""


def effect_words(effect: str) -> tuple[str, str] | None:
    """Verdict and words of a side effect by its name, None for one that is judged elsewhere."""
    return _EFFECTS.get(effect)


def fault_words(region: str | None) -> str:
    """Where a fault was."""
    return _REGIONS.get(region or "", "somewhere")


def signal_name(number: int) -> str:
    """A signal's name, such as SIGSEGV."""
    try:
        return signals.Signals(number).name
    except ValueError:
        return f"signal {number}"


def mentions(words: str, name: str) -> bool:
    """Whether an error's text has a name as a word of its own, in capital letters or small ones."""
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", words, re.IGNORECASE) is not None


def shown(value: Value | None, data: DataModel = NATIVE) -> str:
    """A value in a finding: a scalar by its bytes, in the order of memory, a pointer by what it leads to."""
    if value is None:
        return "nothing"
    if value.kind not in KINDS:
        return f"{value.kind} {short((value.data or b'').decode('utf-8', 'replace'))}"
    info = KINDS[value.kind]
    if not info.is_pointer or (value.bits and value.data is None and value.tensor is None):
        if value.bits >> 8 * info.width_in(data):  # more than the kind has, as a wrong callee may leave
            return value.bits.to_bytes(8, data.byte_order).hex(" ")
        return info.to_bytes(value.bits, data).hex(" ")
    return str(value)


def short(text: str) -> str:
    """A text in one line of at most 200 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:197] + "..."
