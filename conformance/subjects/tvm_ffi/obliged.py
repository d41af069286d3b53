"""What a type in a schema obliges a function to reject, and a value that it takes.

Which values a type takes is said by the rules `tvm-ffi-cpp`. Where types of different leniency have one name in a
schema, as `bool` and `StrictBool` have, the more lenient one counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from typing import Any

from conformance.model.signature import TensorSpec
from conformance.model.subject import Slot
from conformance.model.value import Value
from conformance.rules.table import Rules
from conformance.subjects.audited import Parameter, WrongValue
from conformance.subjects.tvm_ffi.schema import Type
from conformance.subjects.tvm_ffi.values import STAND_IN

RULES = "tvm-ffi-cpp"
"""The acceptance table of what typed functions take."""

KINDS = {
    "None": "nullptr", "bool": "bool", "int": "i64", "float": "f64", "void*": "handle", "DataType": "dtype",
    "Device": "device", "DLTensor*": "dltensor", "const char*": "rawstr", "TVMFFIByteArray*": "bytearray",
    "std::string": "stdstring", "ffi.String": "str", "ffi.Bytes": "bytes", "ffi.Object": "object",
    "ffi.Error": "error", "ffi.Function": "func", "std::function": "std_function", "ffi.Shape": "shape",
    "ffi.Tensor": "tensor", "ffi.BigInt": "bigint", "ffi.Array": "array", "ffi.List": "list", "ffi.Map": "map",
    "ffi.Dict": "dict", "Tuple": "tuple_i64_str", "std::tuple": "std_tuple", "std::vector": "std_vector",
    "std::array": "std_array", "std::map": "std_map", "std::unordered_map": "std_unordered_map", "Any": "any",
}  # fmt: skip
"""The kind whose row of the rules holds for a type, by the type's name in a schema.

Sources: `StaticTypeKey` of object.h, and `TypeSchema` of the traits beside each type.
"""

_ALTERNATIVES = {
    "Optional": ("null",), "std::optional": ("null",), "Variant": (), "std::variant": (), "Expected": ("error",),
    "ObjectRValueRef": ("rvalue",),
}  # fmt: skip
"""Types that take what one of their arguments takes, and the codes that they take beside."""

_SAMPLES = (
    Value("null"),
    Value("i64", 1),
    Value("bool", 1),
    Value("f64", 0x3FF0_0000_0000_0000),
    Value("handle", 16),
    Value("dtype", 0x0001_2002),
    Value("device", 1),
    Value("dltensor", tensor=TensorSpec()),
    Value("rawstr", data=b"a text"),
    Value("bytearray", data=b"bytes"),
    Value("rvalue", data=b"[]"),
    Value("smallstr", data=b"text"),
    Value("smallbytes", data=b"bytes"),
    Value("object", data=b"ffi.Object"),
    Value("str", data=b"a text"),
    Value("bytes", data=b"bytes"),
    Value("error", data=b"ValueError: no good"),
    Value("func", data=b"ffi.Array"),
    Value("shape", data=b"[1]"),
    Value("tensor", tensor=TensorSpec()),
    Value("array", data=b"[]"),
    Value("map", data=b"{}"),
    Value("list", data=b"[]"),
    Value("dict", data=b"{}"),
)
"""One value for each code; those of containers are empty, so that a container of anything takes them."""

_FOREIGN_REJECTS = ("handle", "error")
"""What an object of a library's own type is not made of: its type may have traits that convert any other value."""

_ELEMENTS: tuple[tuple[str, Any], ...] = (("smallstr", "text"), ("int", 1), ("array", []))
"""Elements of a container by the code under which they lie in it."""


class Types:
    """What types take and reject, and values of them."""

    def __init__(self, rules: Rules, type_index: Callable[[str], int], absent: Collection[str] = ()) -> None:
        """`type_index` gives the index of a type that is registered under a name, 0 where none is.

        `absent` are kinds of which the release has no values.
        """
        self._rules = rules
        self._type_index = type_index
        self.samples = tuple(
            WrongValue(rules.code_name(value.kind), self._slot(value)) for value in _SAMPLES if value.kind not in absent
        )

    def parameter(self, declared: Type) -> Parameter:
        """A parameter of a type."""
        found = self._valid(declared)
        valid = self._slot(Value("null")) if found is None else found
        is_real = found is not None and found.value.kind != STAND_IN
        return Parameter(str(declared), valid, is_real, tuple(self._wrong(declared)))

    def taken(self, declared: Type) -> frozenset[str]:
        """The names of the codes that a type may take, as they are or converted; of an unknown one, all of them."""
        if declared.name in _ALTERNATIVES:
            return frozenset(_ALTERNATIVES[declared.name]).union(*map(self.taken, declared.args))
        if declared.name in KINDS:
            return frozenset(self._rules.accept[KINDS[declared.name]])
        every = frozenset(self._rules.codes)
        return every.difference(_FOREIGN_REJECTS) if self._type_index(declared.name) else every

    def _slot(self, value: Value) -> Slot:
        return Slot(self._rules.code(value.kind), value)

    def _sample(self, code: str) -> Slot | None:
        return next((sample.slot for sample in self.samples if sample.what == code), None)

    def _valid(self, declared: Type) -> Slot | None:
        """A value that a type takes; an object without contents for a type that only a library knows."""
        if declared.name in ("Optional", "std::optional", "Any"):
            return self._sample("null")
        if declared.name in _ALTERNATIVES:
            slots = [slot for each in declared.args if (slot := self._valid(each)) is not None]
            return min(slots, key=lambda slot: slot.value.kind == STAND_IN, default=None)
        if declared.name in ("Tuple", "std::tuple", "std::array"):
            elements = _elements(declared)
            return None if elements is None else self._slot(Value("array", data=json.dumps(elements).encode()))
        if declared.name in KINDS:
            return self._sample(self._rules.code_name(KINDS[declared.name]))
        index = self._type_index(declared.name)
        return Slot(index, Value(STAND_IN, data=declared.name.encode())) if index else None

    def _wrong(self, declared: Type) -> Iterator[WrongValue]:
        """A value for each code that a type rejects, and a container of the right kind with a wrong element."""
        taken = self.taken(declared)
        yield from (sample for sample in self.samples if sample.what not in taken)
        made = self._container(declared)
        if made is not None:
            what, contents = made
            kind = self._rules.code_name(KINDS[declared.name])
            yield WrongValue(f"{kind} of {what}", self._slot(Value(kind, data=json.dumps(contents).encode())))

    def _container(self, declared: Type) -> tuple[str, Any] | None:
        """What the elements are of a container that a type rejects for one of them, and its contents as JSON."""
        if declared.name in ("ffi.Array", "ffi.List", "std::vector") and declared.args:
            found = self._rejected_element(declared.args[0])
            return None if found is None else (found[0], [found[1]])
        if declared.name in ("ffi.Map", "ffi.Dict", "std::map", "std::unordered_map") and len(declared.args) == 2:
            key, value = declared.args
            if "smallstr" not in self.taken(key):
                return "smallstr keys", {"text": None}
            found = self._rejected_element(value)
            return None if found is None else (found[0], {"text": found[1]})
        return None

    def _rejected_element(self, declared: Type) -> tuple[str, Any] | None:
        taken = self.taken(declared)
        return next(((code, item) for code, item in _ELEMENTS if code not in taken), None)


_JSON: dict[str, Any] = {
    "None": None, "Any": None, "Optional": None, "std::optional": None, "int": 1, "float": 1.0, "bool": True,
    "ffi.String": "text", "std::string": "text", "ffi.Array": [], "std::vector": [], "ffi.Map": {}, "std::map": {},
    "std::unordered_map": {},
}  # fmt: skip
"""An element of each type that JSON can write."""


def _elements(declared: Type) -> list[Any] | None:
    """The elements of a tuple or of an array of a fixed size, as JSON; None where one cannot be written so."""
    names = [each.name for each in declared.args]
    if declared.name == "std::array" and len(names) == 2:
        names = [names[0]] * int(names[1])
    return [_JSON[name] for name in names] if all(name in _JSON for name in names) else None
