"""What cost measurements find, as plain data: frames, machine code, and what could not be had."""

from __future__ import annotations

from dataclasses import dataclass, fields

CONVENTIONS: dict[str, str] = {
    "direct": "direct",
    "x0_checked": "X0 checked",
    "x0_release": "X0 release",
    "x1_copied": "X1 values copied",
    "x1_addressed": "X1 addresses of arguments",
    "x1_passed": "X1 pointers passed",
}
"""The conventions of `cost frame`: name in results and in C, name for people.

`x0_release` stores the codes and checks nothing. X1 hands over pointers: to copies of the values, to the caller's own
arguments, or those that it was given itself.
"""


@dataclass(frozen=True)
class Configuration:
    """One compiler with its flags. `boundary` is what it keeps the stack aligned to at a call, in bytes."""

    id: str
    spec: str
    version: str
    target: str
    machine: str
    pointer: int
    boundary: int


@dataclass(frozen=True)
class Unmeasured:
    """A configuration that could not be measured: its spec, and one sentence that ends with a hint."""

    spec: str
    reason: str


@dataclass(frozen=True)
class Parts:
    """What the bytes of a frame are for; their sum is the frame.

    The first five are the model's: values, type codes, pointers (X1's arrays, and the addresses of arrays that are
    passed on the stack), the result with its code, the count and the resource handle. `saved` is the return address and
    the callee-saved registers, read off the machine code. What remains is `alignment`, below the stack's boundary, and
    `other`: whole boundaries that nothing here explains, such as -O0's homes of register arguments. `other` is
    negative where a compiler keeps less than the model says.
    """

    values: int
    codes: int
    pointers: int
    returned: int
    count_handle: int
    saved: int
    alignment: int
    other: int

    @property
    def total(self) -> int:
        """The frame, in bytes."""
        return sum(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class Frame:
    """The stack that a caller of n arguments takes, from above its own return address to its call, in bytes.

    `reported` is the compiler's -fstack-usage figure, and `unreported` what it leaves out by its own definition (clang:
    the return address and pushed arguments). `disassembly` is read off the machine code, `unwind` off the unwind table
    (None: it cannot tell, and `untold` says why), `painted` off a stack on which the caller ran (None: it could not run
    here). A caller that is `realigned` aligns the stack itself, for wide vectors; what that takes depends on where the
    stack was, and the compiler's figure is its guess.
    """

    n: int
    reported: int
    unreported: int
    disassembly: int
    unwind: int | None
    untold: str
    painted: int | None
    realigned: bool
    parts: Parts

    @property
    def bytes(self) -> int:
        """The compiler's figure with what it leaves out."""
        return self.reported + self.unreported

    @property
    def agrees(self) -> bool:
        """Whether all ways to the figure lead to the same one, or cannot."""
        return self.realigned or (
            self.bytes == self.disassembly and self.unwind in (None, self.bytes) and self.painted in (None, self.bytes)
        )


@dataclass(frozen=True)
class Line:
    """A straight line through frames by least squares: bytes an argument, bytes at n = 0, largest distance in bytes."""

    slope: float
    intercept: float
    worst: float

    def at(self, n: int) -> float:
        """Its bytes for n arguments."""
        return self.intercept + self.slope * n


@dataclass(frozen=True)
class Curve:
    """The frames of one convention over n, and their lines: as compiled, and without the alignment part."""

    convention: str
    frames: tuple[Frame, ...]
    compiled: Line
    unaligned: Line


@dataclass(frozen=True)
class FrameTable:
    """All conventions by one configuration. `unpainted` says why no caller ran, or is empty."""

    configuration: Configuration
    curves: tuple[Curve, ...]
    unpainted: str


@dataclass(frozen=True)
class FrameResult:
    """What `cost frame` found."""

    tables: tuple[FrameTable, ...]
    missing: tuple[Unmeasured, ...]


@dataclass(frozen=True)
class FrameClaim:
    """A claimed line of frame bytes beside the measured one, on one 32-bit configuration.

    `stated` is the figure that the text gives for three arguments, `model` what the claimed line gives for them, and
    `measured` what the compiler does. `left_out` are the parts of the measured frame that the model does not have, or
    has too much, in bytes.
    """

    id: str
    configuration: str
    convention: str
    formula: str
    claimed: Line
    found: Line
    stated: tuple[int, ...]
    model: int
    measured: int
    slope_holds: bool
    intercept_holds: bool
    left_out: dict[str, int]

    @property
    def answer(self) -> str:
        """One sentence."""
        slope = f"{self.found.slope:g} bytes an argument, {'as' if self.slope_holds else 'and not as'} claimed"
        level = f"{self.found.intercept:g} at n = 0 where the model says {self.claimed.intercept:g}"
        parts = ", ".join(f"{part} {size:+d}" for part, size in self.left_out.items())
        return f"{slope}; {level}; three take {self.measured}, by the model {self.model} ({parts or 'no difference'})"


INLINED: dict[str, str] = {"x0_checked": "X0 checked", "x0_release": "X0 release", "x1": "X1"}
"""The conventions of `cost inline`, which compares each with the direct call: name in results, name for people."""

SIGHTS: dict[str, str] = {"unit": "in one unit", "lto": "with -flto", "separate": "separately"}
"""How caller and callee are compiled: name in results, name for people."""


@dataclass(frozen=True)
class Extra:
    """What machine code has more than that of the direct call: instructions, stores among them, bytes of stack."""

    instructions: int
    stores: int
    stack: int


@dataclass(frozen=True)
class Difference:
    """One signature whose caller is not the direct call's machine code: both listings, and what the one has more."""

    signature: str
    direct: tuple[str, ...]
    listing: tuple[str, ...]
    extra: Extra


@dataclass(frozen=True)
class CodeComparison:
    """One convention beside the direct call, over all signatures.

    Of the signatures without a structure by value (dtype, device) there are `plain`, of which `plain_identical` are
    the same code. `by_kind` is, for each kind, how many signatures have no other, and how many of them are identical.
    `extra` is the sum over those that differ. `smallest` is the smallest signature that differs, or None.
    """

    convention: str
    compared: int
    identical: int
    plain: int
    plain_identical: int
    by_kind: dict[str, tuple[int, int]]
    extra: Extra
    smallest: Difference | None

    @property
    def share(self) -> float:
        """The share that is identical, 0 to 1."""
        return self.identical / self.compared


@dataclass(frozen=True)
class InlineTable:
    """All conventions by one configuration, and how much a caller sees of its callee: a name of SIGHTS."""

    configuration: Configuration
    sight: str
    comparisons: tuple[CodeComparison, ...]


@dataclass(frozen=True)
class InlineResult:
    """What `cost inline` found, over the signatures that a seed draws."""

    seed: int
    signatures: int
    tables: tuple[InlineTable, ...]
    missing: tuple[Unmeasured, ...]
