"""Looks at what a subject says of itself and replies, and says in one sentence what is of the wrong type.

Runs in the subject's process and its children, so it imports nothing but the protocol. Each function gives "" where all
is as it has to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.model.signature import Signature, TensorSpec
from conformance.model.subject import MUTABLE_PARTS, Refused, Reply, SubjectInfo, WireSlot
from conformance.model.value import Value

_TEXTS = ("name", "version", "rules")
_TUPLES_OF_TEXT = ("sides", "kinds", "checks", "limits", "takes", "packs", "mutable_parts", "compilers", "exchanges")


def info_problem(about: object) -> str:
    """What is wrong with what a subject says of itself."""
    if not isinstance(about, SubjectInfo):
        return f"`about` is {_a(about)}, not a SubjectInfo"
    info: Any = about  # what its fields should be is what is looked at here
    for name in _TEXTS:
        if not isinstance(getattr(info, name), str):
            return _wrong("SubjectInfo", name, getattr(info, name), "a text")
    if not info.name or not info.version:
        return f"`SubjectInfo.{'version' if info.name else 'name'}` is empty"
    for name in _TUPLES_OF_TEXT:
        problem = _texts("SubjectInfo", name, getattr(info, name))
        if problem:
            return problem
    if len(info.sides) != 2:
        return f"`SubjectInfo.sides` has {len(info.sides)} members, not two: the ids of caller and callee"
    strange = [side for side in info.sides if "::" in side or ">" in side or side.split() != [side]]
    if strange:
        return f"`SubjectInfo.sides` has {strange[0]!r}; keys of cases need an id without `::`, `>` and blanks"
    if info.claims is not None and (problem := _texts("SubjectInfo", "claims", info.claims)):
        return problem
    if not isinstance(info.versions, Mapping) or not all(isinstance(t, str) for p in info.versions.items() for t in p):
        return _wrong("SubjectInfo", "versions", info.versions, "a mapping of names to versions, all texts")
    if not isinstance(info.signatures, tuple) or not all(isinstance(each, Signature) for each in info.signatures):
        return _wrong("SubjectInfo", "signatures", info.signatures, "a tuple of Signature")
    if not _whole(info.max_args) or info.max_args < 1:
        return _wrong("SubjectInfo", "max_args", info.max_args, "a whole number from 1 up")
    if info.hang_ms is not None and (not _whole(info.hang_ms) or info.hang_ms < 1):
        return _wrong("SubjectInfo", "hang_ms", info.hang_ms, "a number of milliseconds from 1 up, or None")
    if info.waivers is not None and not isinstance(info.waivers, Path):
        return _wrong("SubjectInfo", "waivers", info.waivers, "a Path or None")
    wrong = [what for what in info.exchanges if not all(map(str.isidentifier, what.replace("-", "_").split(".", 1)))]
    wrong += [what for what in info.exchanges if "." not in what]
    if wrong:
        return f"`SubjectInfo.exchanges` has '{wrong[0]}'; an exchange is named KIND.OP, such as array.extend"
    if not isinstance(info.numbers, tuple) or not all(_whole(number) and number >= 0 for number in info.numbers):
        return _wrong("SubjectInfo", "numbers", info.numbers, "a tuple of whole numbers from 0 up")
    if info.exchanges and not info.numbers:
        return "`SubjectInfo.exchanges` names some, and `SubjectInfo.numbers` has no number to make them with"
    unknown = [part for part in info.mutable_parts if part not in MUTABLE_PARTS]
    if unknown:
        return f"`SubjectInfo.mutable_parts` has '{unknown[0]}'; the parts are {', '.join(MUTABLE_PARTS)}"
    return ""


def callees_problem(callees: object, count: int) -> str:
    """What is wrong with what `declare` gave for `count` signatures."""
    if not isinstance(callees, Sequence) or isinstance(callees, str | bytes):
        return f"`declare` gave {_a(callees)}, not a sequence with a callee for each signature"
    if len(callees) != count:
        return f"`declare` gave {len(callees)} callees for {count} signatures"
    whys: list[Any] = [callee.why for callee in callees if isinstance(callee, Refused)]
    wrong = [why for why in whys if not isinstance(why, str)]
    return f"`Refused.why` is {_a(wrong[0])}, not a text" if wrong else ""


def exchange_problem(reply: object) -> str:
    """What is wrong with what `exchange` replied."""
    problem = reply_problem(reply)
    if problem or not isinstance(reply, Reply) or reply.status != 0:
        return problem
    data = reply.saw[0].data if reply.saw is not None and len(reply.saw) == 1 and reply.saw[0] is not None else None
    if data is None:
        return "`Reply.saw` of an exchange is not one value with the lines that were read as its data"
    labels = [line.partition(b": ")[0] for line in data.splitlines()]
    twice = next((label for at, label in enumerate(labels) if label in labels[:at]), None)
    return f"the exchange says '{twice.decode(errors='replace')}' twice" if twice is not None else ""


def reply_problem(reply: object) -> str:
    """What is wrong with what `call`, `take`, `pack` or `exchange` replied."""
    if type(reply) is not Reply:
        return f"the reply is {_a(reply)}, not a Reply"
    fields: tuple[Any, ...] = tuple(reply)[:11]  # the others are no subject's to say
    status, error, error_kind, saw, ret, ret_code, references, remarks, named, results, slots = fields
    # The usual types first: this is done for every call.
    if type(status) is not int and not _whole(status):
        return _wrong("Reply", "status", status, "an int, 0 for an accepted call")
    if not isinstance(error, str):
        return _wrong("Reply", "error", error, "a text")
    if not isinstance(error_kind, str):
        return _wrong("Reply", "error_kind", error_kind, "a text")
    if saw is not None and (problem := _values("saw", saw)):
        return problem
    if ret is not None and (problem := _value("`Reply.ret`", ret)):
        return problem
    if results is not None and (problem := _values("results", results)):
        return problem
    if slots is not None and (problem := _slots(slots)):
        return problem
    for name, number in (("ret_code", ret_code), ("references", references), ("named", named)):
        if number is not None and not _whole(number):
            return _wrong("Reply", name, number, "an int or None")
    if remarks:
        return _texts("Reply", "remarks", remarks)
    return "" if remarks == () else _wrong("Reply", "remarks", remarks, "a tuple of texts")


def _values(name: str, values: object) -> str:
    if not isinstance(values, tuple):
        return _wrong("Reply", name, values, "a tuple of Value, or None")
    for at, value in enumerate(values):
        if value is not None and (problem := _value(f"`Reply.{name}[{at}]`", value)):
            return problem
    return ""


def _slots(slots: object) -> str:
    if not isinstance(slots, tuple) or not all(type(slot) is WireSlot for slot in slots):
        return _wrong("Reply", "slots", slots, "a tuple of WireSlot, or None")
    for at, slot in enumerate(slots):
        where = f"`Reply.slots[{at}]`"
        for name in ("code", "padding"):
            if not _whole(getattr(slot, name)):
                return f"{where} has {_a(getattr(slot, name))} as its {name}, which is an int"
        if problem := _bits(where, slot.bits) or _contents(where, slot):
            return problem
    return ""


def _value(where: str, value: Any) -> str:
    if type(value) is not Value:
        return f"{where} is {_a(value)}, not a Value or None"
    return _parts(where, value)


def _parts(where: str, value: Any) -> str:
    if not isinstance(value.kind, str):
        return f"{where} has {_a(value.kind)} as its kind, which is a text"
    return _bits(where, value.bits) or _contents(where, value)


def _bits(where: str, bits: Any) -> str:
    if type(bits) is int and 0 <= bits < 1 << 64:
        return ""
    what = f"{bits:#x}" if type(bits) is int else _a(bits)
    return f"{where} has {what} as its bits, which are 8 bytes as an unsigned integer"


def _contents(where: str, value: Any) -> str:
    if value.data is not None and not isinstance(value.data, bytes):
        return f"{where} has {_a(value.data)} as its data, which is bytes or None"
    if value.tensor is not None and not isinstance(value.tensor, TensorSpec):
        return f"{where} has {_a(value.tensor)} as its tensor, which is a TensorSpec or None"
    return ""


def _texts(owner: str, name: str, value: object) -> str:
    if not isinstance(value, tuple) or not all(isinstance(each, str) for each in value):
        return _wrong(owner, name, value, "a tuple of texts")
    return ""


def _wrong(owner: str, name: str, value: object, wanted: str) -> str:
    return f"`{owner}.{name}` is {_a(value)}, not {wanted}"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _a(value: Any) -> str:
    """A value of the wrong type, shortly: what it is and its type."""
    if value is None or isinstance(value, bool):
        return str(value)
    try:
        shown = repr(value)
    except Exception:  # whatever a type of the runtime's does when it is shown
        return f"of the type {type(value).__name__}"
    return f"{shown if len(shown) <= 60 else shown[:57] + '...'} (of the type {type(value).__name__})"
