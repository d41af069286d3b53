"""The functions that a shared library exports, and what it needs of others."""

from __future__ import annotations

from pathlib import Path

import pytest
from elftools.elf.constants import P_FLAGS
from elftools.elf.elffile import ELFFile

from conformance.toolchain import Cache, Job, Toolchain, resolve
from conformance.toolchain.elf import exported, undefined

from .libtcc import InProcess

TEXT = """
int variable;
int elsewhere(void);
int wanted(void) __attribute__((weak));
static int hidden(void) { return 1; }
int first(void) { return hidden(); }
int second(void) { return elsewhere() + (wanted ? wanted() : 0); }
"""


def built(folder: Path) -> Path:
    job = Job(resolve("gcc"), "exporting", texts=(("exporting.c", TEXT),))
    return Toolchain(Cache(folder), None, jobs=1).build(job).path


@pytest.mark.compiler("gcc")
def test_functions_that_are_defined_are_exported_and_nothing_else(tmp_path: Path) -> None:
    names = {name for name in exported(built(tmp_path)) if not name.startswith("_")}
    assert names == {"first", "second"}


@pytest.mark.compiler("gcc")
def test_what_a_library_cannot_do_without_is_needed_of_others(tmp_path: Path) -> None:
    names = {name for name in undefined(built(tmp_path)) if not name.startswith("_")}
    assert names == {"elsewhere"}


@pytest.mark.compiler("tcc")
def test_a_library_of_the_embedded_compiler_needs_no_executable_stack(tmp_path: Path) -> None:
    """glibc from 2.41 on loads no other into Python, whose stack is not executable."""
    job = Job(resolve("tcc"), "exporting", texts=(("exporting.c", "int first(void) { return 1; }"),))
    with Toolchain(Cache(tmp_path), InProcess(), jobs=1).build(job).path.open("rb") as file:
        stacks = [part for part in ELFFile(file).iter_segments() if part["p_type"] == "PT_GNU_STACK"]
        assert [part["p_flags"] for part in stacks] == [P_FLAGS.PF_R | P_FLAGS.PF_W]


@pytest.mark.compiler("gcc")
def test_a_file_that_is_cut_off_is_told(tmp_path: Path) -> None:
    library = built(tmp_path)
    cut = tmp_path / "cut.so"
    cut.write_bytes(library.read_bytes()[:2000])
    with pytest.raises(ValueError, match="not a whole one"):
        exported(cut)


def test_a_file_that_is_no_library_is_told(tmp_path: Path) -> None:
    path = tmp_path / "text.so"
    path.write_text("not ELF", "utf-8")
    with pytest.raises(ValueError, match=r"text\.so is no ELF file"):
        exported(path)
    with pytest.raises(OSError, match="No such file"):
        exported(tmp_path / "none.so")
