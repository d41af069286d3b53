"""Fakes for compilers: small scripts that answer like one, say what they were asked, and fail as they are told."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from conformance.toolchain import Cache, Compiler, CompilerTarget, Job, Toolchain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NATIVE = CompilerTarget("x86_64-linux-gnu", 64, "little", True)

# The head of an object file without sections: whole, as far as anyone can tell.
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, 0, 0, 64, 0, 0, 64, 0, 0)

_SCRIPT = """#!/bin/sh
case "$*" in
*--version*) echo "fake cc {version}"; exit 0;;
*-dumpmachine*) echo {triple}; exit 0;;
*-dM*) cat '{folder}/macros'; exit 0;;
esac
echo "$*" >>'{folder}/log'
out=/dev/null
while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
{behaviour}
"""
_MACROS = "#define __s390x__ 1\n#define __SIZEOF_POINTER__ 8\n#define __BYTE_ORDER__ __ORDER_BIG_ENDIAN__\n"
GOOD = 'cat {folder}/elf - >"$out" </dev/null'


@dataclass(frozen=True)
class Fake:
    """A fake compiler on disk."""

    path: Path

    @property
    def starts(self) -> list[str]:
        """The arguments of every compile that was asked of it."""
        log = self.path.parent / "log"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def compiler(self) -> Compiler:
        return Compiler("fake", str(self.path), "gcc", (str(self.path),), (), "fake 1", NATIVE)

    def job(self, text: str = "int x;", **more: object) -> Job:
        return Job(self.compiler, "lib", texts=(("a.c", text),), **more)  # type: ignore[arg-type]


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Fake]:
    """Make a fake compiler that does a shell fragment; `{folder}` is its own folder and `$out` its output."""

    def make(
        behaviour: str = GOOD,
        name: str = "cc",
        version: str = "1.0",
        triple: str = "s390x-fake-linux-gnu",
        macros: str = _MACROS,
    ) -> Fake:
        folder = tmp_path / f"bin-{name}"
        folder.mkdir(exist_ok=True)
        (folder / "elf").write_bytes(ELF)
        (folder / "macros").write_text("#define __linux__ 1\n" + macros)
        program = folder / name
        text = _SCRIPT.replace("{behaviour}", behaviour).replace("{folder}", str(folder))
        program.write_text(text.replace("{version}", version).replace("{triple}", triple))
        program.chmod(0o755)
        return Fake(program)

    return make


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def toolchain(root: Path) -> Toolchain:
    return Toolchain(Cache(root), None, timeout=30)
