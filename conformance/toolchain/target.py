"""Asks a compiler what it is and what it compiles for, through its own options and its preprocessor."""

from __future__ import annotations

import os
import platform
import re
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.model.target import TARGETS
from conformance.toolchain import process
from conformance.toolchain.cache import default_root, zig_environment
from conformance.toolchain.errors import BadSpec, MissingCompiler
from conformance.toolchain.spec import names_cxx

if TYPE_CHECKING:
    from collections.abc import Sequence

ASKING_TIMEOUT = 30.0

_MACHINES = {
    "__x86_64__": "x86_64",
    "__i386__": "i386",
    "__aarch64__": "aarch64",
    "__arm__": "arm",
    "__riscv": "riscv",
    "__s390x__": "s390x",
    "__powerpc64__": "powerpc64",
    "__powerpc__": "powerpc",
    "__mips__": "mips",
    "__loongarch__": "loongarch",
}

_NAMES = {
    ("x86_64", 64): "x86-64",
    ("i386", 32): "i386",
    ("aarch64", 64): "aarch64",
    ("arm", 32): "armhf",
    ("riscv", 64): "riscv64",
    ("s390x", 64): "s390x",
    ("powerpc64", 64): "ppc64",
    ("powerpc", 32): "powerpc",
    ("mips", 32): "mips",
}


@dataclass(frozen=True)
class CompilerTarget:
    """What a compiler compiles for; `native` when this very Python process can load the result.

    `name` is that of one of `model.target.TARGETS`, "" where it is none of them.
    """

    triple: str
    pointer_bits: int
    byteorder: str
    native: bool
    name: str = ""


_FAMILIES = {"__TINYC__": "tcc", "__clang__": "clang", "__PCC__": "pcc"}


@dataclass(frozen=True)
class Answers:
    """What a compiler said of itself."""

    version: str
    family: str
    target: CompilerTarget


def host_target() -> CompilerTarget:
    """Say what this Python process itself was compiled for."""
    system = "linux-gnu" if sys.platform == "linux" else sys.platform
    bits = 8 * struct.calcsize("P")
    return CompilerTarget(
        f"{_host_machine()}-{system}", bits, sys.byteorder, True, _name(_host_machine(), bits, sys.byteorder)
    )


def ask(command: Sequence[str], flags: Sequence[str], spec: str, family: str = "") -> Answers:
    """Ask the compiler for its version, its triple and its macros under `flags`.

    Raises MissingCompiler when it does not run at all, BadSpec when it runs but refuses the flags.
    """
    if is_chibicc(command):
        return Answers("chibicc, which tells no version", "chibicc", host_target())
    macros = _macros(command, flags, spec)
    version = _ask([*command, "--version"]) if family != "zig" else _ask([command[0], "version"])
    lines = version.strip().splitlines()
    words = lines[0].strip() if lines else "unknown version"
    if not family:
        family = next((name for macro, name in _FAMILIES.items() if macro in macros), "gcc")
    dumped = _ask([*command, *(flag for flag in flags if family in ("clang", "zig")), "-dumpmachine"]).strip()
    # zig names musl whatever it links with, so for it only a target that was asked for counts.
    musl = "musl" in " ".join(flags if family == "zig" else [dumped])
    return Answers(f"zig {words}" if family == "zig" else words, family, _target(macros, dumped, musl))


def is_chibicc(command: Sequence[str]) -> bool:
    """Whether this is chibicc, which answers no question, makes code for x86-64 alone, and ships no headers."""
    return bool(command) and re.fullmatch(r"(.*/)?chibicc(-[0-9.]+)?", command[0]) is not None


def _target(macros: dict[str, str], dumped: str, musl: bool) -> CompilerTarget:
    # An x86_64 gcc under -m32 defines __i386__, and a powerpc64 one defines both: the longer name comes first.
    machine = next((name for macro, name in _MACHINES.items() if macro in macros), "unknown")
    bits = 8 * int(macros.get("__SIZEOF_POINTER__", struct.calcsize("P")))
    big = macros.get("__BYTE_ORDER__", "little").replace("4321", "BIG")
    byteorder = "big" if "BIG" in big else "little"
    linux = "__linux__" in macros
    triple = dumped if re.fullmatch(r"[A-Za-z0-9_.]+(-[A-Za-z0-9_.]+)+", dumped) else ""
    if not triple:
        triple = f"{machine}-{'linux-gnu' if linux else 'none'}"
    elif machine == "i386" and triple.startswith("x86_64"):
        triple = "i386" + triple.removeprefix("x86_64")  # gcc names its default target whatever -m32 says
    host = host_target()
    native = (
        machine == _host_machine()
        and (bits, byteorder) == (host.pointer_bits, host.byteorder)
        and linux == (sys.platform == "linux")
        and not (musl and platform.libc_ver()[0] == "glibc")
    )
    return CompilerTarget(
        triple, bits, byteorder, native, _name(machine, bits, byteorder) if linux and not musl else ""
    )


def _name(machine: str, bits: int, byteorder: str) -> str:
    """The target's name in the model, "" where it has none."""
    name = _NAMES.get((machine, bits), "")
    return name if name and TARGETS[name].data.byte_order == byteorder else ""


def _host_machine() -> str:
    machine = {"amd64": "x86_64", "arm64": "aarch64", "ppc64le": "powerpc64", "ppc64": "powerpc64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    machine = re.sub(r"^i[3-6]86$", "i386", machine)
    machine = re.sub(r"^(arm|riscv|mips|loongarch)\w*$", r"\1", machine)
    if machine == "x86_64" and struct.calcsize("P") == 4:
        return "i386"  # a 32-bit Python on a 64-bit kernel
    return machine


def _macros(command: Sequence[str], flags: Sequence[str], spec: str) -> dict[str, str]:
    argv = [*command, "-dM", "-E", *flags, "-x", _language(command), os.devnull]
    try:
        asked = _run(argv)
    except OSError as error:
        raise MissingCompiler(f"{command[0]} cannot be started ({error.strerror}); install a working one") from error
    macros: dict[str, str] = {}
    for line in asked.output.splitlines():
        if line.startswith("#define "):
            name, _, value = line.removeprefix("#define ").partition(" ")
            macros[name] = value
    if asked.code == 0 and ("__SIZEOF_POINTER__" in macros or "__TINYC__" in macros):
        return macros
    said = next(
        (line.strip() for line in asked.output.splitlines() if line.strip() and line[0] != "#"), "it said nothing"
    )
    how = "it did not answer in time" if asked.timed_out else said[:300]
    if flags and asked.code != 0 and _answers_without_flags(command):
        raise BadSpec(f"{Path(command[0]).name} refuses the flags of {spec!r}: {how}")
    raise MissingCompiler(f"{command[0]} does not behave like a C compiler ({how}); reinstall it or name another")


def _answers_without_flags(command: Sequence[str]) -> bool:
    return _run([*command, "-E", "-x", _language(command), os.devnull]).code == 0


def _language(command: Sequence[str]) -> str:
    return "c++" if names_cxx(command[0]) else "c"


def _ask(argv: Sequence[str]) -> str:
    try:
        asked = _run(argv)
    except OSError:
        return ""
    return asked.output if asked.code == 0 else ""


def _run(argv: Sequence[str]) -> process.Finished:
    # Any program may turn out to be zig, and these variables mean nothing to the others.
    return process.run(argv, timeout=ASKING_TIMEOUT, env=process.environment(zig_environment(default_root())))
