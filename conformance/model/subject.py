"""The subject protocol: what a runtime in another language says of itself, declares, and replies to a call.

A subject is a class that is made without arguments, in a process of its own: nothing of a runtime is ever loaded into
the process of pytest and Hypothesis. `declare` runs in that process, each `call` in a forked child of it, so a call may
crash, exit, hang or damage its heap and still gives a verdict. docs/subjects.md has a worked example.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from conformance.model.errors import UserError
from conformance.model.observation import Observation as Reply  # what a subject says became of a call
from conformance.model.observation import WireSlot
from conformance.model.signature import Signature
from conformance.model.value import Value

__all__ = [
    "Call", "CalleeResponse", "Headers", "Refused", "Reply", "Slot", "Subject", "SubjectInfo", "SubjectUnavailable",
    "WireSlot",
]  # fmt: skip


class RenamedWarning(DeprecationWarning):
    """An adapter uses a name of this protocol that was changed; the old one will go."""


def warn_renamed(old: str, new: str) -> None:
    """Warns the author of an adapter, where it uses the old name."""
    warnings.warn(f"{old} is called {new} now; use that name", RenamedWarning, stacklevel=3)


class SubjectUnavailable(UserError):
    """Raised by a subject's constructor: one sentence that says what is missing and the command that mends it."""


MUTABLE_PARTS = {
    "type-codes": "the type code of an argument or a result: any number beside any value",
    "count": "the number of arguments that the callee is told",
    "args": "the pointer to the arguments, which can be null",
    "codes": "the pointer to the codes, which can be null",
    "ret": "the pointer to the result slot, which can be null",
    "padding": "bytes of a slot that mean nothing",
    "preset": "the code in the result slot before the call",
}
"""The parts of a call that can be made to lie where a subject's way to its runtime allows it."""


LOAD = "load"
"""In place of an exchange: a reproducer loads a side with all that it needs, and makes nothing."""

LOADINGS = ("local", "global", "global-reversed")
"""How the code of two sides is loaded for an exchange: see `Subject`."""


class Headers(NamedTuple):
    """A release of the runtime that a side is built against: its version, and the folder that it is installed in."""

    version: str
    folder: Path


@dataclass(frozen=True)
class SubjectInfo:
    """What a subject says of itself.

    `versions` are all that can be told about what runs, such as the wheel's and the one that the library reports;
    `version` is the one that waivers and results go by. `rules` is the acceptance table: the name of one that ships, or
    the path of a TOML file. `kinds` are those that signatures may have, all of the rules' if empty; `signatures`, where
    it is not empty, are the only ones that can be declared. `claims` are the mismatch classes that it promises to
    detect, the rules' own if None. `waivers` is a file of known gaps that ships with the subject. `sides` are the ids
    of caller and callee in case keys. `checks` are the checks that it can be held to; `limits` are told in the result.
    `takes` are the kinds of return that its callers can take, if it has the method `take`; `packs` those of arguments
    that its front end can pass, if it has the method `pack`.
    `mutable_parts` are the parts of a call that can be made to lie, of MUTABLE_PARTS. A runtime whose bindings make the
    codes themselves leaves "type-codes" out: no call is then made with a code that is not its value's own. `hang_ms` is
    how many milliseconds a call may go on without an end before it counts as hung, the profile's if None.
    `compilers` are specs of C compilers, for a class that takes one as the keyword `compiler`: one subject for each
    that is found, unless others are selected. `exchanges` are what the caller's side can make and the callee's use,
    each `KIND.OP` such as `array.extend`, if it has the method `exchange`; each is made with all of `numbers`, which
    choose its size and content. `interposed` are those of them that are made with the other loadings as well.
    """

    name: str
    version: str
    rules: str
    sides: tuple[str, str]
    kinds: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[str, ...] | None = None
    signatures: tuple[Signature, ...] = ()
    max_args: int = 64
    checks: tuple[str, ...] = ("X0-MATCH", "X0-TYPE", "X0-COERCE", "X0-COUNT", "X0-UNKNOWN", "X0-ERROR", "X0-REPEAT")
    waivers: Path | None = None
    limits: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    mutable_parts: tuple[str, ...] = ("type-codes",)
    compilers: tuple[str, ...] = ()
    hang_ms: int | None = None
    exchanges: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    interposed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Runtime:
    """What runs under the test, apart from the adapter: the attribute `runtime` of a subject's class.

    `list subjects` and `NAME==VERSION` read it from the source, without importing the module, so it is written in
    literal values. `distributions` are what pip installs, the one that a version is about first; `packages` are the
    names by which they are imported, dotted where a namespace is shared; `programs` must be on the PATH. `extra` is the
    extra of the adapter's own distribution that brings them. With `versioned` the class takes the keyword
    `built: tuple[Headers, Headers]`, the releases that its caller's and its callee's side are built against, which
    need not be the one that runs. Without `callers_built` its callers are the wire, which knows no headers.
    """

    distributions: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    extra: str = ""
    versioned: bool = False
    callers_built: bool = True


class Slot(NamedTuple):
    """One argument on the wire: its type code, and the value whose bits or address lie beside it.

    The code is the value's own but where the case changes it. `padding` is put where the convention has bytes that mean
    nothing (None: what is right there).
    """

    code: int
    value: Value
    padding: int | None = None


class Call(NamedTuple):
    """One call to make.

    `claimed_count` is the count that the callee is told, `len(slots)` if None; there is never more to read than the
    slots.
    `nulls` are the pointers that are null: "args", "codes", "ret". `result` is what the body is to return, where the
    subject can choose it; `preset` the code in the result slot before the call, where it is not the convention's own.
    """

    slots: tuple[Slot, ...]
    claimed_count: int | None = None
    nulls: tuple[str, ...] = ()
    result: Value | None = None
    preset: int | None = None

    @property
    def told(self) -> int | None:
        """The old name of `claimed_count`."""
        warn_renamed("Call.told", "Call.claimed_count")
        return self.claimed_count


class CalleeResponse(NamedTuple):
    """What a callee gives back to its caller, whatever that is.

    Its status; what it leaves in the result slot, nothing if None; kind and message of the error that it raises.
    """

    status: int
    result: Slot | None = None
    raised: tuple[str, str] | None = None


@dataclass(frozen=True)
class Refused:
    """In place of a callee or of a packer's reply: why this cannot be done. Such cases are inconclusive.

    A signature that cannot be declared, or values that the front end has no way to write.
    """

    why: str


class Subject(Protocol):
    """A runtime under test.

    The class may also have `take(kind, response: CalleeResponse) -> Reply`, the caller's side: a caller that takes a
    return of `kind` is handed something by a raw callee; `saw` of the reply is what it took, one value or none.
    `pack(call) -> Reply` is the packer's side: the values of `call.slots` are given to the runtime's front end, which
    calls a raw callee with them; `slots` of the reply is what arrived there, `ret` what the front end gave back for the
    `call.result` that the callee returned. Values that the front end has no way to write are `Refused`. A class with
    `pack` needs no `declare` and `call`: it is a packer alone. And it may have `reproducer(case) -> dict[file name,
    text]`, a stand-alone reproducer, and `runtime: Runtime`, which says what must be installed.

    A class whose sides are built against releases of their own (`Runtime.versioned`) may have `exchange(what, number,
    loading) -> Reply`, where the caller's side makes something and the callee's uses it. `saw` of the reply is one
    value whose `data` are lines, each `label: what was read`, no label twice, and nothing in them that differs from
    run to run. `loading` is one of LOADINGS: with "local" neither side's code can take the place of the other's; with
    "global" both are loaded so that it can, the caller's first, with "global-reversed" the callee's first, and each
    side then makes and uses things of its own. It is called in a forked child, where exchanges of the same loading may
    have been made before; `prepare(loading)` is called before, in the process that is forked. `step() -> str` is the
    label of the line that a child died in. `unloadable() -> tuple[str, ...]` has a sentence for each symbol that a side
    needs and the runtime lacks. `exchange_reproducer(what, number, loading, made_by, read_by, runtime, due) ->
    dict[file name, text]` writes an exchange as a program, where the next three are `Headers` and `due` is what had to
    be read; where `what` is LOAD, the loading of made_by's side with all symbols that it needs.
    """

    about: SubjectInfo

    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Any | Refused]:
        """Makes callees that record what they see, all at once: one for each signature, or a `Refused`.

        With `release`, as a build without checks is. An exception makes all cases of the batch inconclusive.
        """
        ...

    def call(self, callee: Any, call: Call) -> Reply:
        """Calls one of the callees; in a forked child, one call after the other."""
        ...


_RENAMED = {"About": "SubjectInfo", "Handed": "CalleeResponse"}


def __getattr__(name: str) -> Any:
    """A class by the name that it had before."""
    if name not in _RENAMED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from conformance.model import old_names

    warn_renamed(name, _RENAMED[name])
    return getattr(old_names, name)
