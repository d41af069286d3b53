"""Python as caller and callee: stubs that are Python's functions, as a dynamic language makes and receives calls.

There are two of it. In ABI mode cffi loads the shim, converts arguments through libffi and makes callbacks of libffi's
closures; in API mode the shim is part of a compiled extension module, whose generated C does both (`api`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from conformance.model.kinds import KINDS

if TYPE_CHECKING:
    import cffi

TensorRow = tuple[int, int, int, tuple[int, ...], tuple[int, ...] | None, int, int, int]
"""Tensor metadata: dtype code, bits, lanes, shape, strides, byte offset, device type, device id."""

SignatureRow = tuple[tuple[str, ...], str, tuple[TensorRow | None, ...]]
"""A signature: the kinds of the arguments, of the return (`none`), and the metadata of each tensor argument."""


@dataclass(frozen=True)
class Dynamic:
    """A side that Python plays.

    `shim` is the library that `codegen.shim` renders for the subject's binding, or with `api` the extension module that
    contains it; `signatures` are its callers or callees, `packed` says whether the subject has the packed convention.
    """

    shim: Path
    signatures: tuple[SignatureRow, ...]
    packed: bool
    api: bool = False


_TYPES = {name: "void*" if kind.is_pointer else kind.c_spelling("Shim") for name, kind in KINDS.items()}
_TYPES["bool"] = "_Bool"  # as it is spelled without <stdbool.h>
_POINTEES = {"str": 0, "bytes": 1, "tensor": 2}
"""`AbiPointee` of the kinds that have one."""

_KIND = """
int shim_check_{kind}(const int*, int);
void shim_pack_{kind}(void*, int*, int, {type});
int shim_return_{kind}({type}, void*, int*);
int shim_take_{kind}(const void*, int, {type}*);
"""
_UNPACK = "int shim_unpack_{kind}(const void*, const int*, int, {type}*);\n"

_PACK_NULL = "void shim_pack_null(void*, int*, int);\n"

_UNPACKED = """
typedef struct { uint8_t code, bits; uint16_t lanes; } ShimDType;
typedef struct { int32_t type, id; } ShimDevice;
int shim_call_unpacked(AbiAnyFunc, void**, void**, void*);
"""
_PACKED = """
int shim_value_size(void);
const char* shim_last_error(void);
int shim_call(AbiAnyFunc, void*, int*, int, void*, int*, void*);
int shim_check_count(int, int, const void*, const int*);
int shim_return_none(void*, int*);
int shim_take_none(const void*, int);
"""
_UNPACK_TENSOR = """
int shim_unpack_tensor(const void*, const int*, int, const int*, int, const int64_t*, const int64_t*, uint64_t,
                       const int*, void**);
"""


def declarations(kinds: Iterable[str], packed: bool) -> str:
    """The shim's functions for these kinds and the types that they need, for cffi and for a compiler alike."""
    text = _UNPACKED + (_PACKED if packed else "")
    for kind in kinds if packed else ():
        if kind == "null":
            text += _PACK_NULL
        elif kind in _TYPES:
            unpack = _UNPACK_TENSOR if kind == "tensor" else _UNPACK
            text += (_KIND + unpack).format(kind=kind, type=_TYPES[kind])
    return text


DECLARATIONS = declarations(_TYPES, packed=True)
"""All of a shim's functions."""

STUBS = {
    "pack": "void %s(AbiSlot const* const*, void*, int*)",
    "packed_caller": "int %s(AbiFrame*)",
    "unpacked_caller": "int %s(AbiFrame*)",
    "taker": "int %s(AbiFrame*)",
    "packed_callee": "int %s(void*, int*, int, void*, int*, void*)",
    "unpacked_callee": "int %s(void**, void**, void*)",
}
"""The C types of the functions that Python has for a signature."""


class PythonSide:
    """An `AbiSide` whose functions are Python's; lives in the server as long as it may be run."""

    def __init__(self, ffi: cffi.FFI, shim: object, description: Dynamic) -> None:
        """`ffi` and `shim` are those of the extension module in API mode, whose functions become this side's own."""
        self._ffi = ffi
        self._shim = cast("Any", shim)
        self._api = description.api
        self._kept: list[Any] = []
        self._harness: Any = ffi.new("AbiHarness*[1]")
        rows = description.signatures
        callers = ffi.new("AbiCaller[]", [self._caller(i, row, description.packed) for i, row in enumerate(rows)])
        callees = ffi.new("AbiCallee[]", [self._callee(i, row, description.packed) for i, row in enumerate(rows)])
        self._kept += [callers, callees]
        fields = {
            "version": 3,
            "count": len(rows),
            "callers": callers,
            "callees": callees,
            "harness": ffi.cast("AbiHarness**", self._harness),
        }
        if description.packed:
            fields["value_size"] = self._shim.shim_value_size()
            fields["last_error"] = ffi.addressof(self._shim, "shim_last_error")
        self.side: Any = ffi.new("AbiSide*", fields)

    def _stub(self, what: str, index: int, function: Callable[..., Any]) -> Any:
        """One of `STUBS` for a signature."""
        if not self._api:
            return self._callback(STUBS[what] % "", function)
        name = f"{what}_{index}"
        cast("Any", self._ffi).def_extern(name=name, onerror=_die)(function)
        return getattr(self._shim, name)

    def _callback(self, type_: str, function: Callable[..., Any]) -> Any:
        made = self._ffi.callback(type_, function, onerror=_die)
        self._kept.append(made)
        return made

    def _any(self, made: Any) -> Any:
        return self._ffi.cast("AbiAnyFunc", made)

    def _caller(self, index: int, row: SignatureRow, packed: bool) -> dict[str, Any]:
        caller: dict[str, Any] = {
            "unpacked": self._stub("unpacked_caller", index, self._unpacked_caller(row)),
            "num_args": len(row[0]),
        }
        if "null" not in row[0] and not self._api:  # a module is compiled for any signatures, so it has no plain calls
            caller["direct"] = self._callback("void(AbiFrame*)", self._direct_caller(row))
        if packed:
            caller["pack"] = self._stub("pack", index, self._pack(row))
            caller["packed"] = self._stub("packed_caller", index, self._packed_caller)
            caller["take"] = self._stub("taker", index, self._taker(row))
        return caller

    def _callee(self, index: int, row: SignatureRow, packed: bool) -> dict[str, Any]:
        kinds, ret, _ = row
        callee: dict[str, Any] = {"num_args": len(kinds)}
        if "null" in kinds:
            return callee  # such a signature is passed only
        callee["unpacked"] = self._any(self._stub("unpacked_callee", index, self._unpacked_callee(row)))
        if not self._api:
            callee["direct"] = self._any(self._callback(_function(kinds, ret), self._body(row)))
        if packed:
            callee["packed"] = self._any(self._stub("packed_callee", index, self._packed_callee(row)))
        return callee

    def _reader(self, kind: str) -> Callable[[Any], Any]:
        """Gives what reads a value of a kind at an address."""
        as_type, pointer = self._ffi.cast, self._ffi.typeof(f"{_TYPES[kind]}*")
        return lambda at: as_type(pointer, at)[0]

    def _writer(self, kind: str) -> Callable[[Any, Any], None]:
        """Gives what writes a value of a kind to an address."""
        as_type, pointer = self._ffi.cast, self._ffi.typeof(f"{_TYPES[kind]}*")

        def write(at: Any, value: Any) -> None:
            as_type(pointer, at)[0] = value

        return write

    def _readers(self, kinds: tuple[str, ...]) -> list[Callable[[Any], Any]]:
        return [self._reader(kind) for kind in kinds]

    # Callers.

    def _pack(self, row: SignatureRow) -> Callable[[Any, Any, Any], None]:
        shim = self._shim
        steps = [
            (i, None if kind == "null" else self._reader(kind), getattr(shim, f"shim_pack_{kind}"))
            for i, kind in enumerate(row[0])
        ]

        def pack(slots: Any, args: Any, codes: Any) -> None:
            for i, read, put in steps:
                if read is None:
                    put(args, codes, i)
                else:
                    put(args, codes, i, read(slots[i]))

        return pack

    def _packed_caller(self, f: Any) -> int:
        status: int = self._shim.shim_call(f.callee, f.args, f.codes, f.num_args, f.ret, f.ret_code, f.handle)
        return status

    def _taker(self, row: SignatureRow) -> Callable[[Any], int]:
        ffi, ret = self._ffi, row[1]
        take = getattr(self._shim, f"shim_take_{ret}")
        pointer = None if ret == "none" else ffi.typeof(f"{_TYPES[ret]}*")

        def call(f: Any) -> int:
            out = () if pointer is None else (ffi.cast(pointer, f.taken),)
            status: int = take(f.ret, f.ret_code[0], *out)
            return status

        return call

    def _unpacked_caller(self, row: SignatureRow) -> Callable[[Any], int]:
        shim = self._shim
        steps = [(i, self._reader(kind), self._writer(kind)) for i, kind in enumerate(row[0])]

        def call(f: Any) -> int:
            for i, read, write in steps:
                write(f.inputs[i], read(getattr(f, "in")[i]))
            status: int = shim.shim_call_unpacked(f.callee, f.inputs, f.outputs, f.handle)
            return status

        return call

    def _direct_caller(self, row: SignatureRow) -> Callable[[Any], None]:
        ffi, (kinds, ret, _) = self._ffi, row
        readers, write = self._readers(kinds), None if ret == "none" else self._writer(ret)
        type_ = ffi.typeof(_function(kinds, ret).replace("(", "(*)(", 1))

        def call(f: Any) -> None:
            slots = getattr(f, "in")
            result = ffi.cast(type_, f.callee)(*[read(slots[i]) for i, read in enumerate(readers)])
            if write is not None:
                write(f.taken, result)

        return call

    # Callees.

    def _body(self, row: SignatureRow) -> Callable[..., Any]:
        """What a callee does with its arguments: records them, and gives the result that the case asks for."""
        ffi, harness, (kinds, ret, _) = self._ffi, self._harness, row
        writers = [self._writer(kind) for kind in kinds]
        pointees = [_POINTEES.get(kind) for kind in kinds]
        read_result = None if ret == "none" else self._reader(ret)

        def body(*values: Any) -> Any:
            witness = harness[0].enter(len(values))
            for i, value in enumerate(values):
                if pointees[i] is not None:
                    harness[0].look(witness, i, pointees[i], value)
                else:
                    writers[i](ffi.addressof(witness.seen[i]), value)
            return None if read_result is None else read_result(harness[0].result)

        return body

    def _packed_callee(self, row: SignatureRow) -> Callable[..., int]:
        shim, harness, (kinds, ret, _) = self._shim, self._harness, row
        body, give = self._body(row), getattr(shim, f"shim_return_{ret}")
        checks = [getattr(shim, f"shim_check_{kind}") for kind in kinds]
        unpackers = [self._unpacker(row, i) for i in range(len(kinds))]

        def call(args: Any, codes: Any, num_args: int, ret_at: Any, ret_code: Any, handle: Any) -> int:
            harness[0].arrive(handle)
            error: int = shim.shim_check_count(len(checks), num_args, args, codes)
            for i, check in enumerate(checks):
                error = error or check(codes, i)
            outs = []  # they own the memory of what they hold, so they live as long as the body runs
            for unpack in unpackers:
                if error:
                    break
                error, out = unpack(args, codes)
                outs.append(out)
            if error:
                return error
            result = body(*[out[0] for out in outs])
            given: int = give(ret_at, ret_code) if ret == "none" else give(result, ret_at, ret_code)
            return given

        return call

    def _unpacker(self, row: SignatureRow, i: int) -> Callable[[Any, Any], tuple[int, Any]]:
        """Gives what unpacks argument `i`: a status, and the place of the value."""
        ffi, kind, spec = self._ffi, row[0][i], row[2][i]
        unpack = getattr(self._shim, f"shim_unpack_{kind}")
        type_ = ffi.typeof(f"{_TYPES[kind]}[1]")
        between: tuple[Any, ...] = ()
        if spec is not None:
            *dtype, shape, strides, byte_offset, device_type, device_id = spec
            sizes = [ffi.NULL if part is None else ffi.new("int64_t[]", part) for part in (shape, strides)]
            between = (
                ffi.new("int[3]", dtype),
                len(shape),
                *sizes,
                byte_offset,
                ffi.new("int[2]", [device_type, device_id]),
            )
            self._kept += between

        def call(args: Any, codes: Any) -> tuple[int, Any]:
            out = ffi.new(type_)
            error = unpack(args, codes, i, *between, out)
            return error, out

        return call

    def _unpacked_callee(self, row: SignatureRow) -> Callable[[Any, Any, Any], int]:
        harness, (kinds, ret, _) = self._harness, row
        readers, body = self._readers(kinds), self._body(row)
        write = None if ret == "none" else self._writer(ret)

        def call(inputs: Any, outputs: Any, handle: Any) -> int:
            harness[0].arrive(handle)
            result = body(*[read(inputs[i]) for i, read in enumerate(readers)])
            if write is not None:
                write(outputs[0], result)
            return 0

        return call


def _function(kinds: tuple[str, ...], ret: str) -> str:
    """The C type of a direct function."""
    return f"{_TYPES.get(ret, 'void')}({', '.join(_TYPES[kind] for kind in kinds) or 'void'})"


def _die(*_: object) -> None:
    """An exception in a callback is the harness's own fault: cffi would print it and return 0 as if all were well."""
    os.abort()
