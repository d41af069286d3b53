"""What happened to one call, whoever carried it: what a subject replies, and what a transport adds to that.

Part of what a subject's own process imports: the standard library and values, nothing more.
"""

from __future__ import annotations

from typing import NamedTuple

from conformance.model.signature import TensorSpec
from conformance.model.value import Value

MOST_DEATHS, MOST_HANGS = 500, 3
"""Calls of a stream of a check that may end their process, or hang, before the rest of it is not run."""

NAMES_NONE = -1
"""In place of an argument's index: the error names no argument."""


class Ended(NamedTuple):
    """How a call ended that did not return.

    `how` is "died" (of `signal`, or by an exit with `status`), "hung", "faulted" (a signal at a known place), "broke"
    (the adapter raised `message`), "reported" (a sanitizer ended it and said `message`, as far as that was kept;
    `region` is "access" where it is about memory that is nobody's) or "lost" (no record was left). A fault is on the
    no-access page of `argument`, or in `region`: "args", "codes" or "ret" (behind that array or slot), "slots",
    "program" (a write to what an argument points to), "null", "stack", "elsewhere" or "released" (what a call before
    was passed). `region` None: the transport cannot tell.
    """

    how: str
    signal: int = 0
    status: int = 0
    argument: int | None = None
    region: str | None = None
    message: str = ""


class WireSlot(NamedTuple):
    """One argument as a packer left it on the wire: its code, and the 8 bytes of its slot as one unsigned integer.

    `data` is what a text or bytes held that the argument leads to, `tensor` the metadata of a tensor, with `no_data`
    where its data pointer is null; None where there is nothing of the kind. `padding` are the bytes beside code and
    value, for a convention that has some and says that they are 0.
    """

    code: int
    bits: int
    data: bytes | None = None
    tensor: TensorSpec | None = None
    no_data: bool = False
    padding: int = 0


class Observation(NamedTuple):
    """What became of a call. The first eleven fields are a subject's reply (`conformance.model.subject.Reply`).

    `status` is the native one, 0 for an accepted call. `error` is the text that a caller can read, `error_kind` its
    type where there is one. `saw` is what the body saw, None if it did not run: a `Value` an argument, of the kind
    that it arrived as, or None where that cannot be told. `ret` and `ret_code` are what the result slot holds
    afterwards, None where nothing was written. `references` is by how much the reference counts of all objects that
    were passed have changed together, None where nothing is counted. `remarks` are other things that should not be.
    `named` is the 0-based index of the argument that the error names where the runtime tells it otherwise than in the
    text, such as by an attribute of the exception; it goes before what the text says, and is `NAMES_NONE` where it is
    known that no argument is named. `results` are all results that the caller finds, for a runtime whose calls can have
    several; they stand in place of `ret`, and are compared in number and value with what the body was asked to return.
    `slots` are the arguments of a call that a packer made, as they arrived at a callee that is no runtime's, None if
    it was not called; there are as many as that callee was told of.

    The rest is what a transport knows besides. `entered` says whether the body ran (None: as `saw` tells). `readable`
    says whether there is an error at all (None: as its text tells). `out` are the bytes of the place that the caller
    takes the result from. `refused` says that the call succeeded and its caller refused the return. `effects` are side
    effects by name: "poison" (a byte outside a slot), "arrays", "ret" (written on rejection), "handle", "twice" (the
    body ran again), "leaked" (another thread saw the error), and of the machine's state "stack" (not aligned for the
    body), "registers" (that a callee keeps), "fenv", "x87" (its stack is in use), "direction" (the flag) and "signals"
    (blocked); `state` says more of these, as numbers and names. `stale` says that the next call found this one's error,
    or in the mode `released` that the error was another one later. `second` is the other call in the modes that make
    two: nested, the inner one. `ended` says how a call ended
    that did not return.
    """

    status: int
    error: str = ""
    error_kind: str = ""
    saw: tuple[Value | None, ...] | None = None
    ret: Value | None = None
    ret_code: int | None = None
    references: int | None = None
    remarks: tuple[str, ...] = ()
    named: int | None = None
    results: tuple[Value | None, ...] | None = None
    slots: tuple[WireSlot, ...] | None = None
    entered: bool | None = None
    readable: bool | None = None
    out: bytes | None = None
    refused: bool = False
    effects: tuple[str, ...] = ()
    state: str = ""
    stale: bool = False
    second: Observation | None = None
    ended: Ended | None = None

    @property
    def returned(self) -> tuple[Value | None, ...]:
        """All results that the caller finds."""
        return (self.ret,) if self.results is None else self.results

    @property
    def ran(self) -> bool:
        """Whether the body ran."""
        return (self.saw is not None or self.slots is not None) if self.entered is None else self.entered
