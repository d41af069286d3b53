"""The calls that an audit makes of a function: wrong counts, wrong values for each argument, and what is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from conformance.model.subject import Call, Slot
from conformance.subjects.audited import AuditedFunction, LibraryInfo, WrongValue

Mismatch = Literal["type", "few", "many", "match", "probe"]
"""What is wrong with a call; `match` is nothing, `probe` a call of a function that declares nothing."""


_PLAIN = ("i64", "f64", "bool", "str", "bytes", "dtype", "device")


@dataclass(frozen=True)
class AuditCall:
    """One call of a function.

    `index` is the argument that is wrong, None for a count; `declared` and `passed` are its type and its value, or the
    numbers of arguments. `is_real` says that all other arguments are values with something in them. `plain` are the
    arguments that are numbers or texts as declared: an error that names one of them as wrong is wrong itself.
    """

    mismatch: Mismatch
    call: Call
    declared: str
    passed: str
    index: int | None = None
    is_real: bool = True
    plain: tuple[int, ...] = ()

    @property
    def is_wrong(self) -> bool:
        """Whether it has to be rejected."""
        return self.mismatch in ("type", "few", "many")

    @property
    def place(self) -> str:
        """Where the call is wrong."""
        if self.index is not None:
            return f"argument {self.index}"
        return "count" if self.is_wrong else self.mismatch

    @property
    def required(self) -> str:
        """What must happen."""
        if self.mismatch == "match":
            return "accept"
        if self.mismatch == "probe":
            return "return, with a result or an error"
        return "reject" if self.index is None else f"reject, naming argument {self.index}"


def planned(function: AuditedFunction, info: LibraryInfo, *, matched: bool, probe: bool) -> Iterator[AuditCall]:
    """The calls of a function: those that its schema obliges it to reject, and matched or probing ones if asked for."""
    if function.parameters is None:
        if probe and not function.why:
            yield from _probes(info.samples)
        return
    valid = [parameter.valid for parameter in function.parameters]
    real = [parameter.is_real for parameter in function.parameters]
    yield from _counts(valid, real, info.extra)
    for index, parameter in enumerate(function.parameters):
        others_real = all(real[:index] + real[index + 1 :])
        for wrong in parameter.wrong:
            slots = (*valid[:index], wrong.slot, *valid[index + 1 :])
            yield AuditCall("type", Call(slots), parameter.type, wrong.what, index, others_real)
    if matched and all(real):
        plain = tuple(index for index, slot in enumerate(valid) if slot.value.kind in _PLAIN)
        yield AuditCall("match", Call(tuple(valid)), "", "", plain=plain)


def _counts(valid: Sequence[Slot], real: Sequence[bool], extra: Slot) -> Iterator[AuditCall]:
    """None, one too few and one too many; as many slots as are told of, and nothing to read behind them."""
    count = len(valid)
    for fewer in sorted({0, max(count - 1, 0)} - {count}):
        yield AuditCall("few", Call(tuple(valid[:fewer])), str(count), str(fewer), None, all(real[:fewer]))
    yield AuditCall("many", Call((*valid, extra)), str(count), str(count + 1), None, all(real))


def _probes(samples: Sequence[WrongValue]) -> Iterator[AuditCall]:
    """No argument, and one of each code but an address of nothing, which a function may follow."""
    yield AuditCall("probe", Call(()), "", "no argument")
    for sample in samples:
        if sample.slot.value.kind != "handle":
            yield AuditCall("probe", Call((sample.slot,)), "", sample.what)
