"""Sanitizers as part of a compiler's flags: which a side is built with, and why one cannot be."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.toolchain import process
from conformance.toolchain.errors import MissingCompiler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.toolchain.compilers import Compiler

LIBRARIES = {"address": "asan", "memory": "msan", "undefined": "ubsan"}
"""The sanitizers that a side, and the batch runner, can be built with, each with the name of its runtime."""

_OTHERS = (
    "thread", "leak", "hwaddress", "kernel-address", "kernel-memory", "dataflow", "type", "realtime", "fuzzer", "scudo",
)  # fmt: skip
"""Those with a runtime that it cannot be built with; all names besides are parts of `undefined`, or need none."""

_WITHOUT_RUNTIME = ("kcfi", "cfi", "safe-stack", "shadow-call-stack")

_ASKING = 20.0


def flags(compiler: Compiler) -> tuple[str, ...]:
    """The flags of a compiler that turn sanitizers on or off: what its runner is built with as well."""
    return tuple(flag for flag in compiler.flags if flag.startswith(("-fsanitize", "-fno-sanitize")))


def stopping(compiler: Compiler) -> tuple[str, ...]:
    """The flags with which a program of its own stops at the first report; the runner tells its runtimes to."""
    return ("-fno-sanitize-recover=all",) if of(compiler) else ()


def of(compiler: Compiler) -> tuple[str, ...]:
    """The sanitizers with which a compiler builds a side, each with a runtime of its own; sorted."""
    return _chosen(compiler.flags)


def _chosen(given: Sequence[str]) -> tuple[str, ...]:
    found: set[str] = set()
    for flag in given:
        option, _, names = flag.partition("=")
        if option == "-fsanitize":
            found.update(names.split(","))
        elif option == "-fno-sanitize":
            found.difference_update(found if names == "all" else names.split(","))
    return tuple(sorted({name for name in map(_runtime, found) if name}))


def _runtime(name: str) -> str:
    """The sanitizer whose runtime a check needs, "" where it needs none."""
    if name in (*LIBRARIES, *_OTHERS):
        return name
    return "" if name.startswith(_WITHOUT_RUNTIME) else "undefined"


def kind(compiler: Compiler) -> tuple[str, ...]:
    """What two sides that one runner serves have in common, empty for a side without a sanitizer."""
    sanitizers = of(compiler)
    return (os.path.realpath(compiler.command[0]), *sanitizers) if sanitizers else ()


def in_words(compiler: Compiler) -> str:
    """A compiler's sanitizers as they are asked for."""
    return "-fsanitize=" + ",".join(of(compiler))


def refuse(compiler: Compiler) -> None:
    """Raises MissingCompiler, in one sentence, where a side with these sanitizers cannot be built and run here."""
    sanitizers = of(compiler)
    if not sanitizers:
        return
    asked = f"{compiler.spec}: "
    if compiler.family not in ("gcc", "clang"):
        raise MissingCompiler(f"{asked}{compiler.family} has no sanitizers for a side; name a gcc or a clang")
    other = [name for name in sanitizers if name not in LIBRARIES]
    if other:
        raise MissingCompiler(
            f"{asked}the batch runner cannot be built with {other[0]}; it can with {', '.join(LIBRARIES)}"
        )
    target = compiler.target
    if not target.native and target.name != "i386":
        raise MissingCompiler(f"{asked}sanitizers watch code that this machine runs itself, and not {target.name}'s")
    if target.name == "i386" and "address" in sanitizers:
        raise MissingCompiler(
            f"{asked}on i386 the memory of a run lies where ASan keeps its notes; name undefined alone"
        )
    missing = missing_runtimes(compiler, sanitizers)
    if missing:
        raise MissingCompiler(
            f"{asked}the runtime of {' and '.join(missing)} is not installed; run apt install {package(compiler)}"
        )


def offered(compiler: Compiler) -> tuple[str, ...]:
    """The sanitizers that a compiler has, whether their runtimes are installed or not."""
    return {"gcc": ("address", "undefined"), "clang": tuple(LIBRARIES)}.get(compiler.family, ())


def missing_runtimes(compiler: Compiler, wanted: Sequence[str]) -> tuple[str, ...]:
    """Those of some sanitizers of a gcc or a clang whose runtime is not installed."""
    return tuple(name for name in wanted if not _has_runtime(compiler, name))


def _has_runtime(compiler: Compiler, sanitizer: str) -> bool:
    """Whether a compiler finds the library of a sanitizer, which it names by its path if it does."""
    short = {"address": "asan", "undefined": "ubsan", "memory": "msan"}[sanitizer]
    target = [flag for flag in compiler.flags if flag in ("-m32", "-m64")]
    if compiler.family == "gcc":
        asked = _ask([*compiler.command, *target, f"-print-file-name=lib{short}.so"])
        return Path(asked).is_absolute() and Path(asked).exists()
    name = f"{short}_standalone" if short == "ubsan" else short
    machine = "i386" if compiler.target.name == "i386" else compiler.target.triple.split("-", 1)[0]
    folder = Path(_ask([*compiler.command, *target, "-print-resource-dir"]), "lib")
    places = (folder / "linux" / f"libclang_rt.{name}-{machine}.a", *folder.glob(f"{machine}-*/libclang_rt.{name}.a"))
    return any(place.exists() for place in places)


def _ask(argv: list[str]) -> str:
    try:
        asked = process.run(argv, timeout=_ASKING)
    except OSError:
        return ""
    return asked.output.strip() if asked.code == 0 else ""


def package(compiler: Compiler) -> str:
    """The Debian package that has the runtimes of a gcc or a clang."""
    found = re.search(r"(\d+)\.\d+", compiler.version)
    version = found[1] if found else "N"
    if compiler.family == "clang":
        return f"libclang-{'common' if version in ('13', '15') else 'rt'}-{version}-dev"
    return f"gcc-{version}-multilib" if compiler.target.name == "i386" else f"libgcc-{version}-dev"
