"""A library of tvm-ffi's in the process of its runtime: its functions, what each has to reject, and calls of them.

What is audited is the path of a shared library, which is loaded as tvm-ffi's own loader does, or the name of a Python
module, which is imported. Its functions are those that a library exports, and the global functions and methods that
are registered when it has been loaded and were not before.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from conformance.model.subject import Call, Reply
from conformance.rules.load import load
from conformance.subjects.audited import AuditedFunction, AuditError, LibraryInfo
from conformance.subjects.tvm_ffi import kinds
from conformance.subjects.tvm_ffi.abi import GUARD_SIGNAL, CallError, Library
from conformance.subjects.tvm_ffi.builtin_functions import READY
from conformance.subjects.tvm_ffi.functions import FoundFunction, Registry
from conformance.subjects.tvm_ffi.obliged import RULES, Types
from conformance.subjects.tvm_ffi.schema import SchemaError, parse
from conformance.subjects.tvm_ffi.wire import TvmFfiWire, reply


class TvmFfiLibrary:
    """What a library or module has, callable in forked children."""

    def __init__(self, what: str) -> None:
        """Loads the runtime, then what is audited. Raises SubjectUnavailable, AuditError."""
        self._library = Library()
        self._rules = load(RULES)
        self._registry = Registry(self._library)
        self._wire = TvmFfiWire(self._library)
        made = {"list": kinds.MAKERS[kinds.LIST], "dict": kinds.MAKERS[kinds.DICT]}
        absent = [kind for kind, maker in made.items() if not self._library.function(maker)]
        types = Types(self._rules, self._library.type_index, absent)
        found = list(self._load(what))
        controls = list(self._controls())
        self.callees = (*found, *controls)
        self.info = LibraryInfo(
            version=self._library.wheel,
            functions=tuple(
                _audited(types, function, is_control=place >= len(found)) for place, function in enumerate(self.callees)
            ),
            guard_signal=GUARD_SIGNAL,
            extra=next(sample.slot for sample in types.samples if sample.what == "int"),
            samples=types.samples,
            notes=() if self._registry.knows_types else ("this release cannot name its types: methods are left out",),
        )
        with suppress(CallError):  # a first error reads all debug symbols, which no forked child should have to
            self._library.invoke(self._library.function("testing.schema_id_int"), [])

    def call(self, callee: FoundFunction, call: Call) -> Reply:
        """Calls a function with its arguments against a page that cannot be touched."""
        outcome = self._wire.call(callee.handle, callee.safe_call, call)
        given = reply(outcome, self._wire, None, None)
        return given._replace(named=self._rules.named_argument(given.error))

    def _load(self, what: str) -> Iterator[FoundFunction]:
        path = Path(what)
        is_file = path.suffix == ".so" or "/" in what or path.is_file()
        if not is_file:
            with suppress(ImportError):  # what it registers itself is the runtime's
                importlib.import_module("tvm_ffi")
        names, keys = set(self._registry.global_names()), set(self._registry.type_keys())
        if is_file:
            yield from self._open(path)
        else:
            _import(what)
        for name in sorted(set(self._registry.global_names()) - names):
            yield self._registry.function(name)
        for key in sorted(set(self._registry.type_keys()) - keys):
            yield from self._registry.methods(key)

    def _open(self, path: Path) -> list[FoundFunction]:
        if not path.is_file():
            raise AuditError(f"there is no file {path}; name a shared library, or a Python module that can be imported")
        try:
            return sorted(self._registry.exports(path.resolve()), key=lambda function: function.name)
        except (OSError, ValueError) as error:
            raise AuditError(f"{path} is no shared library that can be read ({error}); name one") from None
        except CallError as error:
            raise AuditError(
                f"{path} cannot be loaded on apache-tvm-ffi {self._library.wheel} ({error}); mend that, or name the "
                "release that it was built for as --subject tvm-ffi==VERSION"
            ) from None

    def _controls(self) -> Iterator[FoundFunction]:
        """The runtime's own typed functions of one argument."""
        for ready in READY:
            if len(ready.params) == 1 and "::" not in ready.name and ready.find(self._library):
                yield self._registry.function(ready.name)


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception as error:
        raise AuditError(
            f"the module {name} cannot be imported ({type(error).__name__}: {error}); mend that, or name the path of "
            "its shared library"
        ) from None


def _audited(types: Types, function: FoundFunction, is_control: bool) -> AuditedFunction:
    try:
        schema = parse(function.metadata)
    except SchemaError as error:
        return AuditedFunction(function.name, function.origin, why=str(error), control=is_control)
    if schema is None:
        return AuditedFunction(function.name, function.origin, control=is_control)
    parameters = tuple(map(types.parameter, schema.params))
    return AuditedFunction(function.name, function.origin, str(schema), parameters, control=is_control)
