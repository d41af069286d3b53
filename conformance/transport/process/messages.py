"""What the process of a called subject is asked to do, and what comes back in place of a reply: plain data."""

from __future__ import annotations

from typing import NamedTuple

from conformance.model.subject import Call, CalleeResponse, Refused, Reply


class Request(NamedTuple):
    """One call of a run: the callee by its place in the batch.

    `concurrent` is a second call, of a callee of the same batch, that another thread makes at the same time. With
    `take`, a kind and what is handed to a caller that takes it, no callee is called but such a caller. With `pack` a
    front end makes the call, to a callee that is no runtime's. With `exchange` nothing is called, but something is made
    on one side and used on the other: what, its number, and how the sides are loaded.
    """

    callee: int
    call: Call
    concurrent: tuple[int, Call] | None = None
    take: tuple[str, CalleeResponse] | None = None
    pack: bool = False
    exchange: tuple[str, int, str] | None = None


class Died(NamedTuple):
    """In place of a reply: the child died in the call, of a signal or by its own exit with a status.

    `step` is what it was about to do, where the call was an exchange.
    """

    signal: int
    status: int
    step: str = ""


class Hung(NamedTuple):
    """In place of a reply: no progress within the limit; `step` is what it was doing, where it was an exchange."""

    step: str = ""


class Unrun(NamedTuple):
    """In place of a reply: too many deaths or hangs before it."""


class Broke(NamedTuple):
    """In place of a reply: the adapter raised in `call`, `take` or `pack`; the traceback begins in its own code."""

    words: str


class Malformed(NamedTuple):
    """In place of a reply: the adapter gave something of the wrong type; one sentence names the field."""

    words: str


Response = Reply | tuple[Reply, Reply] | Refused | Died | Hung | Unrun | Broke | Malformed
