"""What tvm-ffi's own Python caller makes of any callee: status, result slot and raised error, as a raw C function.

`probe_caller` hands `tvm_ffi.Function.__call__` a callee that does exactly what it is told. It belongs into a child
process: some of what a callee may do ends the caller.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from conformance.subjects.tvm_ffi_abi import ByteArray, Library, ffi

ffi.cdef(
    """
    int TVMFFIFunctionSetGlobal(const ByteArray*, void*, int);
    void TVMFFIErrorSetRaisedFromCStr(const char*, const char*);
    """
)


class Script(NamedTuple):
    """What a callee does: the status it returns, what it leaves in the result slot, and the error it raises, if any.

    `result_code` None leaves the slot as it is.
    """

    status: int
    result_code: int | None = None
    result_bits: int = 0
    raised: tuple[str, str] | None = None


SCRIPTS: dict[str, Script] = {
    "success": Script(0, 1, 7),
    "success that leaves the slot alone": Script(0),
    "success with an error raised": Script(0, 1, 7, ("ValueError", "boom")),
    "positive status with an error": Script(1, None, 0, ("ValueError", "boom")),
    "failure with an error": Script(-1, None, 0, ("ValueError", "boom")),
    "failure with an error of no known kind": Script(-1, None, 0, ("NoSuchKind", "boom")),
    "failure without an error": Script(-1),
    "failure that wrote the slot": Script(-1, 1, 7, ("ValueError", "boom")),
    "frontend's failure without an exception": Script(-2),
    "frontend's failure with an error": Script(-2, None, 0, ("ValueError", "boom")),
    "a raw text": Script(0, 8, 0),
    "a small text": Script(0, 11, 0),
    "a DLTensor*": Script(0, 7, 0),
    "an r-value reference": Script(0, 10, 0),
    "an unknown index": Script(0, 50, 0),
    "a negative index": Script(0, -7, 0),
    "a null object": Script(0, 64, 0),
    "a null text object": Script(0, 65, 0),
    "a null array": Script(0, 71, 0),
    "an unknown object index, null": Script(0, 100000, 0),
}
"""What is worth trying: every way to fail, and results that no callee should return."""


def probe_caller(
    status: int, result_code: int | None, result_bits: int, raised: tuple[str, str] | None, again: bool = False
) -> str:
    """What the caller returns or raises, in words; with `again`, what a right callee's call after it does."""
    import tvm_ffi

    library = Library()
    script = Script(status, result_code, result_bits, raised)
    said = _outcome(_function(library, tvm_ffi, "probe_caller.first", script))
    if not again:
        return said
    return f"{said}; then {_outcome(_function(library, tvm_ffi, 'probe_caller.second', Script(0, 1, 42)))}"


def _outcome(function: Any) -> str:
    try:
        return f"returned {function()!r}"
    except BaseException as error:
        return f"raised {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def _function(library: Library, tvm_ffi: Any, name: str, script: Script) -> Any:
    @ffi.callback("SafeCall")  # type: ignore[untyped-decorator]
    def callee(_handle: Any, _args: Any, _count: int, result: Any) -> int:
        if script.result_code is not None:
            slot = ffi.cast("Any*", result)
            slot.index, slot.padding, slot.payload = script.result_code, 0, script.result_bits
        if script.raised is not None:
            library.c.TVMFFIErrorSetRaisedFromCStr(*(part.encode() for part in script.raised))
        return script.status

    out, wanted = ffi.new("void**"), ByteArray(name.encode())
    library.c.TVMFFIFunctionCreate(ffi.NULL, callee, ffi.NULL, out)
    library.c.TVMFFIFunctionSetGlobal(wanted.array, out[0], 1)
    _KEPT.append(callee)
    return tvm_ffi.get_global_func(name)


_KEPT: list[Any] = []
"""Callees that tvm-ffi still holds."""
