"""Compiles the C text that TVM's target `c` emits, through the project's toolchain and cache."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from conformance.model.subject import SubjectUnavailable
from conformance.toolchain import Cache, Compiler, Job, MissingCompiler, Toolchain, resolve

LIMIT = "C text that names half, float4 and the like is given such types, which neither C nor TVM's headers have"

COMPILERS = ("gcc:-O1", "clang:-O1")
"""What compiles the text unless others are selected; -O2 takes longer than TVM itself does."""

_POINTER = re.compile(r"\b((half|float|double|u?int(?:8|16|32|64)_t)(\d*))\*")
_SIZES = {"half": 2, "float": 4, "double": 8} | {f"{u}int{8 * w}_t": w for u in ("", "u") for w in (1, 2, 4, 8)}


class Builder:
    """Compiles texts with one C compiler."""

    def __init__(self, tvm: Any, tvm_ffi: Any, spec: str) -> None:
        """Takes the loaded packages. Raises SubjectUnavailable where the compiler cannot be used."""
        self.compiler = _compiler(spec)
        self._toolchain = Toolchain(Cache(), None)
        found = (
            tvm.libinfo.find_include_path(),
            tvm_ffi.libinfo.find_include_path(),
            tvm_ffi.libinfo.find_dlpack_include_path(),
        )
        self._include = tuple(dict.fromkeys(Path(folder) for folder in found))
        self._library = Path(tvm_ffi.libinfo.find_libtvm_ffi())

    def build(self, text: str) -> Path:
        """The shared library of an emitted text. Raises CompileError."""
        job = Job(
            self.compiler,
            "tvm-c",
            texts=(("callees.c", element_types(text) + text),),
            include=self._include,
            libraries=(self._library,),
        )
        return self._toolchain.build(job).path


def element_types(text: str) -> str:
    """Types for the elements that the text points to and C does not have; only their sizes matter here."""
    found = {name: _SIZES[element] * int(lanes or 1) for name, element, lanes in _POINTER.findall(text)}
    missing = {name: size for name, size in found.items() if name not in _SIZES or name == "half"}
    return "".join(f"typedef struct {{ char bytes[{size}]; }} {name};\n" for name, size in sorted(missing.items()))


def _compiler(spec: str) -> Compiler:
    try:
        compiler = resolve(spec)
    except MissingCompiler as error:
        raise SubjectUnavailable(str(error)) from None
    if compiler.is_embedded or not compiler.command:
        raise SubjectUnavailable(f"TVM's text includes headers that {spec} does not come with; name gcc or clang")
    return compiler
