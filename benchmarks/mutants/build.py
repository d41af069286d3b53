"""Which mutants are worth a run: those that build and link as the reference does, and whose object code is another."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from benchmarks.mutants.mutant import FILES, Mutant
from conformance.toolchain.embedded import distribution
from conformance.toolchain.fixtures import root

SUBJECTS = {".": (), "runtime-rules": ("-DABI_RULES_RUNTIME=1",)}
"""The manifests of the reference that are run, as folders of it, and how each is built."""

_FLAGS = ("-std=gnu99", "-w", "-fPIC", "-c", "packed.c", "-o", "packed.o")


@dataclass(frozen=True)
class Built:
    """A mutant, and the subjects whose object code it changes: none where it is no program, or the same one."""

    mutant: Mutant
    subjects: tuple[str, ...]
    why: str = ""


def build(mutant: Mutant) -> Built:
    """Builds a mutant as each subject, and compares its object code with the reference's."""
    changed = []
    with tempfile.TemporaryDirectory() as name:
        folder = place(mutant, Path(name) / "reference")
        for subject, defines in SUBJECTS.items():
            if _preprocessed(folder, defines) == _reference_preprocessed(defines):
                continue
            if not _links(folder, defines):
                return Built(mutant, (), "does not build or link")
            if any(_object(folder, each, defines) != _reference(each, defines) for each in compilers()):
                changed.append(subject)
    return Built(mutant, tuple(changed), "" if changed else "same object code")


def place(mutant: Mutant, folder: Path) -> Path:
    """Lays the reference with the change into a folder that is not there yet."""
    shutil.copytree(root() / "reference", folder)
    (folder / mutant.file).write_text(mutant.text, "utf-8")
    return folder


@functools.cache
def compilers() -> tuple[tuple[str, ...], ...]:
    """The compilers whose object code is compared: the embedded one, which runs use, then gcc and clang at -O2."""
    embedded = distribution().lib_path.parent.parent / "bin" / "tcc"
    found = [(path, "-O2") for path in map(shutil.which, ("gcc", "clang")) if path]
    if not found:
        raise SystemExit("ERROR: mutants need gcc or clang; install one (apt-get install gcc libc6-dev)")
    return ((str(embedded), f"-B{distribution().lib_path}"), *found)


def _preprocessed(sources: Path, defines: tuple[str, ...]) -> bytes:
    """What a compiler gets to see: where this is the same, so is the object code of all."""
    command = [*compilers()[0], "-E", "-P", *defines, "packed.c"]
    return subprocess.run(command, cwd=sources, capture_output=True, check=False).stdout


@functools.cache
def _reference_preprocessed(defines: tuple[str, ...]) -> bytes:
    return _preprocessed(root() / "reference", defines)


@functools.cache
def _reference(compiler: tuple[str, ...], defines: tuple[str, ...]) -> bytes:
    return _object(root() / "reference", compiler, defines)


@functools.cache
def _exports(defines: tuple[str, ...]) -> frozenset[str]:
    exports = _exported(root() / "reference", defines)
    assert exports, "the reference builds"
    return exports


def _links(sources: Path, defines: tuple[str, ...]) -> bool:
    """Whether the compiler of the runs and the linker take it, and it exports what stubs call."""
    return _exported(sources, defines) >= _exports(defines)


def _object(sources: Path, compiler: tuple[str, ...], defines: tuple[str, ...]) -> bytes:
    """The object code, empty where the compiler refuses it. It is made in a folder of its own, under one name."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in FILES:
            shutil.copy(sources / file, folder)
        return (folder / "packed.o").read_bytes() if _ran(folder, *compiler, *_FLAGS, *defines) else b""


def _exported(sources: Path, defines: tuple[str, ...]) -> frozenset[str]:
    """The names that the object code exports; none where it cannot be built, or a program of it cannot be linked."""
    code = _object(sources, compilers()[0], defines)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "packed.o").write_bytes(code)
        (folder / "main.c").write_text("int main(void) { return 0; }\n")
        linking = ("-no-pie", "-Wl,--no-eh-frame-hdr", "-o", "program", "packed.o", "main.c", "-pthread")
        if not code or not _ran(folder, compilers()[-1][0], *linking):
            return frozenset()
        with (folder / "packed.o").open("rb") as file:
            table = ELFFile(file).get_section_by_name(".symtab")
            symbols = table.iter_symbols() if isinstance(table, SymbolTableSection) else ()
            return frozenset(symbol.name for symbol in symbols if symbol["st_shndx"] != "SHN_UNDEF")


def _ran(folder: Path, *command: str) -> bool:
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
