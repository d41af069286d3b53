"""The toy virtual machine as a subject of abi-conformance, written from docs/subjects.md."""

# mypy: ignore-errors

import struct
import sys
from pathlib import Path

from toy import vm

from conformance.model.subject import Reply, Runtime, SubjectInfo
from conformance.model.value import Value

TYPES = {"i32": vm.INT, "i64": vm.INT, "f32": vm.FLOAT, "f64": vm.FLOAT, "str": vm.TEXT}
FORMATS = {"i8": "<b", "i16": "<h", "i32": "<i", "i64": "<q", "f32": "<f", "f64": "<d"}
FORMATS |= {"u8": "<B", "u16": "<H", "u32": "<I", "u64": "<Q"}


class ToyVm:
    """The toy virtual machine, by its own invoke."""

    runtime = Runtime(distributions=("toy-vm",), packages=("toy.vm",))
    about = SubjectInfo(
        name="toy-vm",
        version="3.10.0",
        rules=str(Path(__file__).with_name("rules.toml")),
        sides=("python", "toy-vm"),
        mutable_parts=(),
        hang_ms=500,
        checks=("X0-MATCH", "X0-TYPE", "X0-COERCE", "X0-COUNT", "X0-UNKNOWN", "X0-RETURN", "X0-ERROR", "X0-REPEAT",
                "X0-NESTED", "X0-REFS"),
    )  # fmt: skip

    def declare(self, signatures, release):
        return list(signatures)

    def call(self, declared, call):
        saw = []

        def body(arguments):
            saw.append(tuple(from_python(p.kind, a) for p, a in zip(declared.params, arguments, strict=True)))
            return [] if call.result is None else [to_python(call.result)]

        types = [TYPES[param.kind] for param in declared.params]
        function = vm.Function(types, [] if declared.ret == "none" else [TYPES[declared.ret]], body)
        arguments = [to_python(slot.value) for slot in call.slots]
        before = counts(arguments)
        error, results = ("", None), []
        try:
            results = vm.invoke(function, arguments)
        except vm.InvokeError as raised:
            error = str(raised), raised.index
        if error[0]:  # what was raised is gone here, and what it held
            return Reply(-1, error[0], "InvokeError", named=error[1], references=counts(arguments) - before)
        found = tuple(from_python(declared.ret, result) for result in results)
        results.clear()
        return Reply(0, saw=saw[0], results=found, references=counts(arguments) - before)


def counts(arguments):
    """References to the texts among the arguments; numbers, None and short texts are shared with the interpreter."""
    return sum(sys.getrefcount(argument) for argument in arguments if isinstance(argument, bytes) and len(argument) > 1)


def to_python(value):
    if value.kind == "str":
        return bytes(bytearray(value.data))  # an object of this call's own
    if value.kind == "null":
        return None
    form = FORMATS[value.kind]
    return struct.unpack(form, value.bits.to_bytes(struct.calcsize(form), "little"))[0]


def from_python(kind, plain):
    if kind == "str":
        return Value("str", data=bytes(bytearray(plain)))
    return Value(kind, int.from_bytes(struct.pack(FORMATS[kind], plain), "little"))
