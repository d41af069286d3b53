"""What `explain` says of words beside what stands in the model: why verdicts and classes matter, what kinds are."""

from __future__ import annotations

from dataclasses import MISSING

COSTS: dict[str, tuple[str, str]] = {
    "COST-INLINE": (
        "by every optimising compiler that sees the callee, a given share of signatures is called like the direct call",
        "A convention is free where the compiler sees through it; what it does not is paid for in every call.",
    ),
}
"""What a check of `cost` requires, and why."""

VERDICTS: dict[str, str] = {
    "intact": "Due for matched calls.",
    "coerced": "Due where the rules convert.",
    "detected": "Due for every mismatch that the rules reject.",
    "misattributed": "Whoever reads the error looks at the wrong argument.",
    "late": "By then the body has run, or a wrong pointer was followed.",
    "silent-wrong": "The worst that is not a crash: the computation goes on with another value.",
    "silent-equal": "Nothing is wrong this time; with other values, or on another machine, it will be.",
    "silent-reject": "The caller takes for done what was never done: success is returned, and nothing ran.",
    "unpredicted": "Neither right nor explicably wrong: a defect in the subject, or in what the suite believes of it.",
    "false-alarm": "The runtime refuses what its own rules accept.",
    "overrun": "Memory of somebody else was read or written; what follows is undefined.",
    "crashed": "Loud, but the process is gone, and the error does not say which argument it was.",
    "hung": "The call never came back.",
    "unloadable": "The process ends when it loads the side, or in the first call that reaches what is missing.",
    "inconclusive": "Nothing can be said about this case; it is counted, so that nothing is hidden.",
    "harness-error": "Nothing else in the run can be trusted until it is mended.",
}

CLASSES: dict[str, str] = {
    "match": "The ground on which all else stands.",
    "type": "The classic mistake: an int where a float is declared. Codes exist to catch it.",
    "coerce": "TVM's C++ runtime converts where its emitted code rejects: the rules say which is held here.",
    "width": "int32 for int64: a blind spot of codes that know only 'int'; the values tell, when they are large.",
    "sign": "uint32 for int32: a blind spot of codes that know only 'int'.",
    "few": "The callee would read behind the arrays.",
    "many": "The callee would ignore what the caller means.",
    "swap": "Two floats exchanged: a blind spot where the codes are equal.",
    "null-args": "A crash at the first argument, unless it is checked.",
    "null-codes": "A crash at the first check, unless it is checked.",
    "null-ret": "Not promised by most runtimes: counted, and no failure unless claimed.",
    "unknown-code": "Equal low bits are the trap: 258 is not 2.",
    "lying-code": "No check of codes can catch it; it is counted as a blind spot.",
    "ret-type": "The caller takes the return for something else.",
    "ret-error": "The error that a callee raises is the caller's only way to know what went wrong.",
    "ret-status": "Conventions say what 0 and -1 mean; a caller that dies of anything else is easily killed.",
    "ret-none": "The caller takes a return that was never written, or never looks at one.",
    "tensor-dtype": "A kernel reads float bits as ints.",
    "tensor-lanes": "A vector element is taken for a scalar.",
    "tensor-ndim": "Shape and strides are read past their end.",
    "tensor-shape": "The classic out-of-bounds access of a compiled kernel.",
    "tensor-strides": "The right memory in the wrong order.",
    "tensor-offset": "The kernel begins at another element.",
    "tensor-device": "A device pointer is followed on the host.",
    "tensor-data": "Nothing to read where there should be something.",
    "tensor-null": "Whoever looks at the first extent dies, in a library far from who made the tensor.",
    "padding": "Old callers leave it undefined; a callee that reads it one day will find anything there.",
    "pointee": "A handle says what it is, not what it points to: a blind spot.",
    "layout": "Names the cases in which no call is made, only sizes, alignments and offsets are compared.",
}

KINDS: dict[str, str] = {
    "i8": "a signed integer of 8 bits",
    "i16": "a signed integer of 16 bits",
    "i32": "a signed integer of 32 bits",
    "i64": "a signed integer of 64 bits",
    "u8": "an unsigned integer of 8 bits",
    "u16": "an unsigned integer of 16 bits",
    "u32": "an unsigned integer of 32 bits",
    "u64": "an unsigned integer of 64 bits",
    "f32": "a float of 32 bits; most conventions widen it to 64 in its slot",
    "f64": "a float of 64 bits",
    "bool": "true or false; many conventions give it the code of integers",
    "handle": "an address that the runtime passes on and never follows",
    "str": "a text that ends with a zero byte",
    "bytes": "a pointer to an address and a size; it may hold zero bytes",
    "tensor": "a pointer to DLPack's DLTensor: data, device, dimensions, dtype, shape, strides and byte offset",
    "null": "no value: a null pointer, or None",
    "dtype": "DLPack's DLDataType by value: code, bits and lanes",
    "device": "DLPack's DLDevice by value: type and number",
    "f16": "a float of 16 bits, in C the uint16_t of its bits",
}
"""Every kind in a few words."""


def default_of_policy(name: str) -> str:
    """What a policy is where no table says it."""
    from conformance.rules.table import Rules

    default = Rules.__dataclass_fields__[name].default
    if default is MISSING:
        return "none"
    pattern = getattr(default, "pattern", None)
    return str(pattern) if pattern else ", ".join(default) if isinstance(default, tuple) else str(default)
