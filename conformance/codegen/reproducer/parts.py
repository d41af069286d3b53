"""What a reproducer is made of, as its templates take it apart."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.model.expectation import StoredExpectation
from conformance.model.signature import Signature, TensorSpec
from conformance.model.value import Value


@dataclass(frozen=True)
class Object:
    """What a pointer leads to, as a C definition; `pointer` is the expression that leads there.

    `unread` is where a tensor's pointers lead that nobody has to read, as an expression; empty where they are usual.
    What is `released` is laid on pages for that, and its name is the pointer.
    """

    what: str
    name: str
    pointer: str
    type: str = ""
    text: str = ""
    size: int = 0
    spec: TensorSpec | None = None
    offset: str = "0"
    no_data: bool = False
    no_shape: bool = False
    unread: str = ""
    start: int = 0
    released: bool = False


@dataclass(frozen=True)
class Spelled:
    """A value as C: its text and a comment that says what it is."""

    text: str
    comment: str = ""


@dataclass(frozen=True)
class Argument:
    """One argument of one side."""

    i: int
    kind: str
    type: str
    text: str = ""
    comment: str = ""
    sees: str = ""


@dataclass(frozen=True)
class ValueDue:
    """An `ExpectedValue` in C: `width` bytes of argument `i`, or of a result, are held against `text` as `how` says."""

    how: str
    i: int = 0
    width: int | str = 0
    text: str = ""


@dataclass(frozen=True)
class Code:
    """A code that is changed on the wire: of an argument, or of the return before it is taken."""

    at: int
    code: str
    name: str


@dataclass(frozen=True)
class CallView:
    """One call as the caller makes it."""

    name: str
    title: str
    packed: bool
    callee: int
    arguments: tuple[Argument, ...]
    objects: tuple[Object, ...]
    takes: str
    take_type: str
    count: int
    handed: int
    room: int
    num_args: str
    codes: tuple[Code, ...]
    ret_code: Code | None
    null_args: bool
    null_codes: bool
    has_ret: bool
    preset: str
    old_value: str
    slots: int
    same: tuple[str, ...]
    whole: tuple[str, ...]
    due: StoredExpectation | None
    named: tuple[int, ...]
    arguments_due: tuple[ValueDue, ...]
    taken_due: ValueDue | None
    out_due: ValueDue | None


@dataclass(frozen=True)
class Step:
    """A case with its mode: the calls that it takes.

    Those of the history are not judged, and made `times` times. `together` calls are made inside each other, or on
    threads.
    """

    mode: str
    calls: tuple[CallView, ...]
    prefix: str
    title: str
    lead: str
    judged: bool
    times: int
    together: int


@dataclass
class Callee:
    """One function that is called. `hidden` are the arguments that may be read as bytes of an address."""

    n: int
    declared: Signature
    packed: bool
    result_value: Value
    follow: bool
    hidden: set[int] = field(default_factory=set)
