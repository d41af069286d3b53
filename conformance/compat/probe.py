"""Writes, for a release of tvm-ffi, a C++ program that names every type that crosses, for readers of debug information.

These compare what two libraries export. A library of templates and inline functions exports little of what crosses, so
this program does it on purpose: for each type a function that takes a pointer to it, for each virtual function another
that returns, by `decltype`, what that returns, and for each function in C a pointer to it. Nothing of it is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.compat.headers import CxxClass, VirtualFunction, classes, derived, plain
from conformance.model.errors import UserError
from conformance.toolchain import process

NAMESPACES = ("tvm::ffi", "tvm::ffi::reflection")
"""Where classes lie that cross; what is in other namespaces is a release's own affair."""

ROOTS = ("Object", "ObjectRef")
"""The classes whose derived classes cross."""

VALUES = ("Any", "AnyView", "BigInt", "Bytes", "String", "TensorView")
"""Classes that cross and derive from none of the roots."""

INSTANCES = {
    "Array": ("Array<Any>",),
    "Dict": ("Dict<Any, Any>",),
    "Expected": ("Expected<Any>",),
    "List": ("List<Any>",),
    "Map": ("Map<Any, Any>",),
    "Optional": ("Optional<int64_t>", "Optional<String>", "Optional<Function>", "Optional<Array<Any>>"),
    "Tuple": ("Tuple<Any, Any>",),
    "TypedFunction": ("TypedFunction<Any(Any)>",),
    "Variant": ("Variant<int64_t, String>", "Variant<Function, Array<Any>>"),
}
"""Of templates, what they are probed with."""

FLAGS = ("-std=c++17", "-g", "-O0", "-fPIC", "-shared", "-w")
WHOLE = {"g++": "-femit-class-debug-always", "clang++": "-fstandalone-debug"}
"""By compiler: what makes it describe a class here whose virtual functions are defined in another library."""

TIMEOUT = 300.0
_STRUCT = re.compile(r"\}\s*((?:TVMFFI|DL)\w+)\s*;|\bstruct\s+((?:TVMFFI|DL)\w+)\s*\{")
_FUNCTION = re.compile(r"\b(TVMFFI\w+)\s*\([^;{}()]*(?:\([^()]*\)[^;{}()]*)*\)\s*;")


class ProbeError(UserError):
    """A probe cannot be built; the message says why."""


@dataclass(frozen=True)
class Probe:
    """What is named: headers, as they are included; types, by their C++ spelling; virtual functions; functions in C."""

    headers: tuple[str, ...]
    types: tuple[str, ...]
    virtuals: tuple[tuple[CxxClass, VirtualFunction], ...]
    functions: tuple[str, ...]

    @property
    def text(self) -> str:
        """The program."""
        return "\n".join(_lines(self)) + "\n"


def probe(include: Path) -> Probe:
    """The probe of the release whose headers lie in a folder, the one that has `tvm/ffi` in it."""
    paths = sorted(path for path in (include / "tvm" / "ffi").rglob("*.h") if "cuda" not in path.parts)
    found = [cls for path in paths for cls in classes(path.read_text("utf-8")) if cls.namespace in NAMESPACES]
    crossing = derived(found, ROOTS)
    in_c = [path for path in paths if path.name.startswith("c_")] + sorted(include.rglob("dlpack.h"))
    c_text = plain("\n".join(path.read_text("utf-8") for path in in_c))
    names = [cls.qualified for cls in crossing if not cls.is_template]
    names += [cls.qualified for cls in found if cls.name in VALUES and not cls.is_template]
    names += [use for name in sorted({cls.name for cls in found}) for use in INSTANCES.get(name, ())]
    structs = {name for pair in _STRUCT.findall(c_text) for name in pair if name}
    return Probe(
        tuple(str(path.relative_to(include)) for path in paths),
        tuple(dict.fromkeys((*sorted(structs), *names))),
        tuple((cls, virtual) for cls in crossing if not cls.is_template for virtual in cls.virtuals),
        tuple(sorted(set(_FUNCTION.findall(c_text)))),
    )


def build(text: str, include: Path, library: Path, compiler: str = "g++") -> Path:
    """Compile a probe with debug information to a shared library. Raises ProbeError."""
    source = library.with_suffix(".cc")
    source.write_text(text, "utf-8")
    argv = [
        compiler,
        *FLAGS,
        *([WHOLE[compiler]] if compiler in WHOLE else []),
        f"-I{include}",
        str(source),
        "-o",
        str(library),
    ]
    try:
        ended = process.run(argv, timeout=TIMEOUT)
    except OSError as error:
        raise ProbeError(f"{compiler} cannot be started ({error.strerror}); install it") from error
    if ended.timed_out or ended.code:
        why = next((line for line in ended.output.splitlines() if "error" in line), "no end")
        raise ProbeError(f"{compiler} does not compile the probe of {include}: {why}")
    return library


def _lines(given: Probe) -> Iterator[str]:
    yield from (f"#include <{header}>" for header in given.headers)
    yield "using namespace tvm::ffi;"
    yield "namespace {"
    yield "template <typename T> T&& value();"
    yield "}"
    yield 'extern "C" {'
    for name in given.types:
        yield f"void crosses_{_symbol(name)}({name}*) {{ static_assert(sizeof({name}) > 0); }}"
    for at, (cls, virtual) in enumerate(given.virtuals):
        this = f"{'const ' if virtual.const else ''}{cls.qualified}&"
        passed = ", ".join(f"value<{kind}>()" for kind in virtual.parameters)
        again = sum(cls is other and virtual.name == name.name for other, name in given.virtuals[:at])
        symbol = f"returns_{_symbol(cls.name)}_{virtual.name}{again or ''}"
        yield f"auto {symbol}() -> decltype(value<{this}>().{virtual.name}({passed})) {{ __builtin_trap(); }}"
    for name in given.functions:
        yield f"decltype(&{name}) calls_{name} = nullptr;"
    yield "}"


def _symbol(name: str) -> str:
    """A C++ name as part of a symbol."""
    return re.sub(r"\W+", "_", name.removeprefix("tvm::ffi::")).strip("_")
