"""What a subject tells of a library that is audited: its functions, what each declares, right and wrong values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from conformance.model.errors import UserError
from conformance.model.subject import Call, Reply, Slot

Origin = Literal["exported", "registered", "method"]
"""How a function is found: as a symbol, by its global name, as a method of a type."""


class AuditError(UserError):
    """A library cannot be audited; the message says why, and what would do."""


@dataclass(frozen=True)
class WrongValue:
    """A value that a parameter's type obliges a function to reject, and what it is in a word."""

    what: str
    slot: Slot


@dataclass(frozen=True)
class Parameter:
    """A parameter as a schema declares it.

    `valid` is a value that its type takes. Where `is_real` is False there is only a stand-in: it has the right type and
    nothing in it, or is none at all, so that a body that looks into it may well die. `wrong` are values to be rejected;
    none where the type takes everything.
    """

    type: str
    valid: Slot
    is_real: bool
    wrong: tuple[WrongValue, ...]


@dataclass(frozen=True)
class AuditedFunction:
    """A function that can be called by its place in the library's.

    `parameters` is None where its metadata has no schema, `why` what is wrong with a schema that cannot be read. A
    `control` is one of the runtime itself, which takes one argument.
    """

    name: str
    origin: Origin
    signature: str = ""
    parameters: tuple[Parameter, ...] | None = None
    why: str = ""
    control: bool = False


@dataclass(frozen=True)
class LibraryInfo:
    """A loaded library and its runtime.

    `version` is the runtime's. `guard_signal` is how a touch of the page ends that lies behind the arguments. `extra`
    is an argument for calls with one too many, `samples` are a value for each code. `notes` say what could not be
    looked for.
    """

    version: str
    functions: tuple[AuditedFunction, ...]
    guard_signal: int
    extra: Slot
    samples: tuple[WrongValue, ...]
    notes: tuple[str, ...] = ()


class AuditedLibrary(Protocol):
    """A library in the process of its runtime. Its constructor takes what is audited, and raises AuditError."""

    info: LibraryInfo
    callees: Sequence[object]

    def call(self, callee: object, call: Call) -> Reply:
        """Calls a function, in a forked child; `named` of the reply is the argument that its error names."""
        ...
