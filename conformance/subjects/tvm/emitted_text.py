"""Makes libraries of what TVM emits as text, C or assembly, through the project's toolchain and cache."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from conformance.model.subject import SubjectUnavailable
from conformance.subjects.tvm_ffi.loading import LAZY
from conformance.toolchain import Cache, Compiler, Job, MissingCompiler, Toolchain, resolve

LIMIT = "C text that names half, float4 and the like is given such types, which neither C nor TVM's headers have"

COMPILERS = ("gcc:-O1", "clang:-O1")
"""What compiles the text unless others are selected; -O2 takes longer than TVM itself does."""

_LINES = "-Wa,-gdwarf-5"
"""Has an assembler understand the folder that LLVM writes beside a file's name."""

_POINTER = re.compile(r"\b((half|float|double|u?int(?:8|16|32|64)_t)(\d*))\*")
_SIZES = {"half": 2, "float": 4, "double": 8} | {f"{u}int{8 * w}_t": w for u in ("", "u") for w in (1, 2, 4, 8)}


class Builder:
    """Makes libraries of texts with one C compiler.

    They are linked with no runtime: they find the one that is loaded globally, whichever release that is of.
    """

    def __init__(self, compiler: Compiler, name: str, file: str, include: tuple[Path, ...] = ()) -> None:
        """`name` is what libraries are called in the cache, `file` what a text is, by its ending."""
        self.compiler = compiler
        self._name, self._file, self._include = name, file, include
        self._toolchain = Toolchain(Cache(), None)

    def build(self, text: str) -> Path:
        """The shared library of an emitted text. Raises CompileError."""
        is_c = self._file.endswith(".c")
        job = Job(
            self.compiler,
            self._name,
            texts=((self._file, element_types(text) + text if is_c else text),),
            include=self._include,
            flags=LAZY if is_c else (*LAZY, _LINES),
        )
        return self._toolchain.build(job).path


def element_types(text: str) -> str:
    """Types for the elements that the text points to and C does not have; only their sizes matter here."""
    found = {name: _SIZES[element] * int(lanes or 1) for name, element, lanes in _POINTER.findall(text)}
    missing = {name: size for name, size in found.items() if name not in _SIZES or name == "half"}
    return "".join(f"typedef struct {{ char bytes[{size}]; }} {name};\n" for name, size in sorted(missing.items()))


def any_compiler() -> Compiler:
    """What assembles where nobody has chosen: the first of gcc and clang. Raises SubjectUnavailable."""
    for spec in COMPILERS:
        with contextlib.suppress(MissingCompiler):
            return resolve(spec)
    raise SubjectUnavailable("assembly that TVM emits is made into libraries by gcc or clang; run: apt install gcc")


def c_compiler(spec: str) -> Compiler:
    """The compiler of a spec. Raises SubjectUnavailable where it cannot compile what TVM emits."""
    try:
        compiler = resolve(spec)
    except MissingCompiler as error:
        raise SubjectUnavailable(str(error)) from None
    if compiler.is_embedded or not compiler.command:
        raise SubjectUnavailable(f"TVM's text includes headers that {spec} does not come with; name gcc or clang")
    return compiler
