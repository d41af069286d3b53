"""The functions of a release of tvm-ffi and of libraries built on it: by global name, by type, by exported symbol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from conformance.subjects.audited import Origin
from conformance.subjects.tvm_ffi import kinds
from conformance.subjects.tvm_ffi.abi import FIRST_OBJECT, Library, Word, ffi
from conformance.subjects.tvm_ffi.reading import Reader
from conformance.toolchain.elf import exported

PREFIX, METADATA_PREFIX = "__tvm_ffi_", "__tvm_ffi__metadata_"
"""How the symbols of exported functions and of their metadata begin (function.h, extra/module.h)."""

TYPE_KEYS = "ffi.GetRegisteredTypeKeys"
"""The global function that names all types; not every release has it."""


class FoundFunction(NamedTuple):
    """A function: its name (`type::name` of a method), how it was found, its metadata in JSON, what to call.

    `handle` is the function object, null for an exported one.
    """

    name: str
    origin: Origin
    metadata: str
    handle: Any
    safe_call: Any


class Registry:
    """What is registered with a loaded library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._reader = Reader(library, {})

    @property
    def knows_types(self) -> bool:
        """Whether this release can name its types."""
        return bool(self._library.function(TYPE_KEYS))

    def global_names(self) -> list[str]:
        """The names of all global functions."""
        library = self._library
        functor = library.invoke(library.function("ffi.FunctionListGlobalNamesFunctor"), []).payload
        count = library.invoke(functor, [_integer(-1)]).payload
        names = [self._text(library.invoke(functor, [_integer(at)])) for at in range(count)]
        library.release(functor)
        return names

    def type_keys(self) -> list[str]:
        """The names of all types, none where the release cannot say."""
        if not self.knows_types:
            return []
        keys = self._library.invoke(self._library.function(TYPE_KEYS), [])
        found = [value.data.decode() for value in self._reader.elements(keys) if value is not None and value.data]
        self._library.release(keys.payload)
        return found

    def function(self, name: str) -> FoundFunction:
        """A global function. Raises CallError where the release does not keep metadata."""
        data = ffi.new("char[]", name.encode())
        word = Word(kinds.RAWSTR, 0, int(ffi.cast("uintptr_t", data)))
        metadata = self._library.invoke(self._library.function("ffi.GetGlobalFuncMetadata"), [word])
        return _of_object(name, "registered", self._text(metadata), self._library.function(name))

    def methods(self, key: str) -> Iterator[FoundFunction]:
        """The methods of a type."""
        for method in self._library.methods(key):
            yield _of_object(f"{key}::{method.name}", "method", method.metadata, method.address)

    def exports(self, path: Path) -> Iterator[FoundFunction]:
        """Loads a shared library: the functions that it exports. Raises OSError, ValueError, CallError."""
        symbols = exported(path)
        handle = self._library.open(path)
        for symbol in symbols:
            if symbol.startswith(PREFIX) and not symbol.startswith(f"{PREFIX}_"):
                name = symbol.removeprefix(PREFIX)
                told = f"{METADATA_PREFIX}{name}"
                metadata = self._metadata(self._library.entry(handle, told)) if told in symbols else ""
                yield FoundFunction(name, "exported", metadata, ffi.NULL, self._library.entry(handle, symbol))

    def _metadata(self, safe_call: Any) -> str:
        """What a metadata function says, "" where it says nothing."""
        result = ffi.new("Any*")
        if safe_call(ffi.NULL, ffi.NULL, 0, result) != 0:
            self._library.take_error()
            return ""
        return self._text(Word(result.index, result.padding, result.payload))

    def _text(self, word: Word) -> str:
        """A text that was returned, "" for anything else; gives it back."""
        value = self._reader.read(word)
        if word.type_index >= FIRST_OBJECT:
            self._library.release(word.payload)
        if value is None or value.kind != "str" or value.data is None:
            return ""
        return value.data.decode(errors="replace")


def _of_object(name: str, origin: Origin, metadata: str, address: int) -> FoundFunction:
    function = ffi.cast("Function*", address)
    return FoundFunction(name, origin, metadata, ffi.cast("void*", address), function.call)


def _integer(value: int) -> Word:
    return Word(kinds.INT, 0, value % (1 << 64))
