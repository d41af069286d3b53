"""What a call that does not conform sent, what had to arrive and what did, value by value: rows of a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.model.data_model import DataModel
from conformance.model.kinds import KINDS, NONE
from conformance.model.observation import Observation
from conformance.model.outcome import Contrast
from conformance.model.value import Value
from conformance.oracle.expect import Expectation
from conformance.oracle.judge import Grounds
from conformance.oracle.packing import DueSlot
from conformance.oracle.words import shown

MOST_ROWS = 8
"""Values of one call that are shown of a finding: those that differ first, in their order."""


def contrasts(grounds: Grounds | None) -> tuple[Contrast, ...]:
    """The values of the judged call, and of the other one in the modes that make two, as far as anything was recorded.

    Of many values those that arrived otherwise than they must are kept, and the first ones beside them.
    """
    if grounds is None or grounds.observation is None:
        return ()
    own: Observation | None = grounds.observation
    other = grounds.observation.second
    if grounds.call.mode == "nested":  # what is observed first is the outer call
        own, other = (
            other,
            None if grounds.expectation.rejected else own,
        )  # an inner body leaves its values in its place
    rows = [] if own is None else list(_of_call(grounds, grounds.expectation, "argument {}", own))
    if other is not None and grounds.other is not None:
        call = grounds.call._replace(passed=grounds.call.declared, slots=())
        rows += _of_call(grounds._replace(call=call), grounds.other, "the other call's argument {}", other)
    wrong = f"argument {grounds.call.mismatch.index}"
    kept = sorted(rows, key=lambda row: (row.name != wrong, not row.differs))[:MOST_ROWS]
    return tuple(row for row in rows if row in kept)


def _of_call(grounds: Grounds, expectation: Expectation, name: str, seen: Observation) -> Iterator[Contrast]:
    call, data = grounds.call, grounds.rules.target.data
    passed, declared = call.passed, call.declared
    if expectation.slots is not None:
        yield from _on_the_wire(expectation.slots, seen, name)
        return
    sent: Sequence[Value | None] = [
        slot.value for slot in call.slots
    ] or expectation.saw  # matched, all arrives as sent
    saw = seen.saw or ()
    for at in range(max(len(sent), len(declared), len(saw))):
        required, seen_text = _read(_at(sent, at), _at(expectation.saw, at), _at(saw, at), data)
        yield Contrast(
            name.format(at),
            passed=str(passed.params[at]) if at < len(passed) else "",
            declared=str(declared.params[at]) if at < len(declared) else "",
            sent=_text(_at(sent, at), data),
            required=required,
            seen=seen_text,
        )
    if not expectation.rejected and (declared.ret != NONE or passed.ret != NONE):
        taken = expectation.ret if expectation.taken is None else expectation.taken.value
        due_bytes = None if expectation.out is None or seen.out is None else expectation.out.hex(" ")
        yield Contrast(
            name.replace("argument {}", "return"),
            passed=declared.ret,
            declared=passed.ret,
            sent=_text(expectation.ret, data),
            required=due_bytes or _text(taken, data),
            seen=seen.out.hex(" ") if seen.out is not None else _text(_at(seen.returned, 0), data),
        )


def _read(sent: Value | None, due: Value | None, got: Value | None, data: DataModel) -> tuple[str | None, str | None]:
    """What had to be read and what was, in words.

    Where a pointer is read as a number, that is where something lay in this run: it is told as an address, or as no
    such, so that every run tells the same. C does not say what a bool is that is read from an address.
    """
    is_address = due is not None and due.kind in KINDS and not KINDS[due.kind].is_pointer
    if not is_address or sent is None or not sent.leads_somewhere:
        return _text(due, data), _text(got, data)
    if due is not None and due.kind == "bool":
        return None, None
    return "its address", None if got is None else "its address" if got == due else "something else"


def _on_the_wire(due: Sequence[DueSlot], seen: Observation, name: str) -> Iterator[Contrast]:
    """The slots that a packer left: each with its code, and of what can be told the bytes that mean something."""
    slots = seen.slots or ()
    for at, wanted in enumerate(due):
        got, kind = slots[at] if at < len(slots) else None, wanted.value.kind
        required = f"code {wanted.codes[0]}"
        found = None if got is None else f"code {got.code}"
        if wanted.bits is not None:
            required += f": {_hex(wanted.bits, wanted.width)}"
            found = None if got is None else f"{found}: {_hex(got.bits, wanted.width)}"
        yield Contrast(name.format(at), kind, kind, shown(wanted.value), required, found)


def _hex(bits: int, width: int) -> str:
    return bits.to_bytes(8, "little")[:width].hex(" ")


def _at(values: Sequence[Value | None], at: int) -> Value | None:
    return values[at] if at < len(values) else None


def _text(value: Value | None, data: DataModel) -> str | None:
    return None if value is None else shown(value, data)
