"""The checks: ids, requirement texts, the mismatch classes that feed each and the verdicts that pass."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One numbered requirement. `passes` are the verdicts that conform for a case of one of `classes`."""

    id: str
    requirement: str
    classes: tuple[str, ...]
    passes: tuple[str, ...]
    conventions: tuple[str, ...] = ("packed",)


_TENSOR = tuple(
    f"tensor-{field}" for field in ("dtype", "lanes", "ndim", "shape", "strides", "offset", "device", "data")
)
_SILENT = ("silent-wrong", "silent-equal", "overrun", "crashed", "intact")

_CHECKS = (
    Check(
        "X0-LAYOUT",
        "size, alignment and member offsets of every type that crosses agree on both sides, for all "
        "compilers in the run",
        ("layout",),
        ("intact",),
    ),
    Check(
        "X0-MATCH",
        "a matched call is accepted; every argument, the return and its code arrive unchanged; the resource handle "
        "arrives as the rules say; the caller's arrays and the floating-point environment are as before",
        ("match",),
        ("intact",),
    ),
    Check(
        "X0-TYPE",
        "a code that the rules reject is rejected, naming the argument, before the value is dereferenced and before "
        "the body runs",
        ("type",),
        ("detected",),
    ),
    Check(
        "X0-COERCE",
        "a code that the rules convert is accepted and converted as C converts (to nearest, ties to even), or rejected "
        "where the rules say so",
        ("coerce",),
        ("coerced", "detected"),
    ),
    Check(
        "X0-COUNT",
        "too few or too many arguments are rejected; nothing past the arrays is read",
        ("few", "many"),
        ("detected",),
    ),
    Check(
        "X0-NULL",
        "null arrays with a count are rejected; null arrays with count 0 are accepted; a null result slot is counted "
        "only, unless claimed",
        ("null-args", "null-codes", "null-ret", "match"),
        ("detected", "intact"),
    ),
    Check("X0-UNKNOWN", "a code outside the table is rejected without a crash", ("unknown-code",), ("detected",)),
    Check(
        "X0-ORDER",
        "nothing an argument points to is touched before all codes were checked; where the rules say so, the first of "
        "several mismatches is named",
        ("type", "unknown-code"),
        ("detected",),
    ),
    Check(
        "X0-RETURN",
        "the return's code is set on success; a caller that takes another kind is told; nothing is written on "
        "rejection",
        ("match", "ret-type", "ret-none", "type", "coerce"),
        ("detected", "intact", "coerced"),
    ),
    Check(
        "X0-ERROR",
        "a rejection sets a readable error, which for one argument names its 0-based index, and expected and received "
        "where the rules ask for it; the next call finds it as the rules say; threads do not see each other's",
        ("type", "few", "many", "null-args"),
        ("detected",),
    ),
    Check(
        "X0-RANGE",
        "an integer outside the declared width follows the rules' policy: reject, or truncate as documented",
        ("width", "sign"),
        ("silent-equal", "silent-wrong", "detected"),
    ),
    Check("X0-TENSOR", "wrong tensor metadata is rejected field by field", (*_TENSOR, "match"), ("detected", "intact")),
    Check(
        "X0-NESTED",
        "nested and concurrent calls keep their arguments, returns and errors apart",
        ("match", "type"),
        ("intact", "detected"),
    ),
    Check(
        "X0-REPEAT",
        "the same call gets the same verdict however often it is made and whatever calls came before",
        ("match", "type"),
        ("intact", "detected"),
    ),
    Check(
        "X0-REFS",
        "after a rejected call an object that was passed has the reference count that it had before, and no call leaks",
        ("match", "type", "few"),
        ("intact", "detected"),
    ),
    Check(
        "X0-RELEASE",
        "with checks compiled out, matched calls stay intact and type, few, many and unknown-code are no longer "
        "detected (control)",
        ("match", "type", "few", "many", "unknown-code"),
        _SILENT,
    ),
    Check("X1-MATCH", "a matched call is accepted and intact", ("match",), ("intact",), ("packed", "unpacked")),
    Check(
        "X1-SILENT",
        "no mismatch is rejected; where nothing traps, the callee sees exactly the predicted bytes (control)",
        ("type", "coerce", "width", "sign", "few", "many", "swap", "pointee", *_TENSOR),
        _SILENT,
        ("packed", "unpacked"),
    ),
    Check(
        "X1-WRITE",
        "a return of another width writes exactly the predicted bytes, and the overrun is seen and counted",
        ("ret-type", "ret-none"),
        _SILENT,
        ("packed", "unpacked"),
    ),
    Check(
        "PAIR",
        "for every pair of compilers and flags, the verdict of a case is the same",
        ("match", "type", "few", "many", "unknown-code", "null-args", "null-codes", "null-ret"),
        ("intact", "detected", *_SILENT),
        ("packed", "unpacked"),
    ),
    Check(
        "DYNAMIC",
        "a call packed or received by Python through cffi gets the same verdict as a compiled one",
        ("match", "type", "few", "many", "unknown-code"),
        ("intact", "detected", "coerced", *_SILENT),
        ("packed", "unpacked"),
    ),
)

CHECKS: dict[str, Check] = {check.id: check for check in _CHECKS}
"""Every check by id, in the order in which a run makes them."""
