from __future__ import annotations

from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from conformance.compat.probe import ProbeError, build, probe
from tests.unit.compat.headers_of_ffi import HEADERS


@pytest.fixture
def include(tmp_path: Path) -> Path:
    folder = tmp_path / "include"
    for name, text in HEADERS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def described(library: Path) -> dict[str, int]:
    """The classes that debug information describes in full, with their sizes in bytes."""
    with library.open("rb") as file:
        return {
            die.attributes["DW_AT_name"].value.decode(): die.attributes["DW_AT_byte_size"].value
            for unit in ELFFile(file).get_dwarf_info().iter_CUs()
            for die in unit.iter_DIEs()
            if "DW_AT_byte_size" in die.attributes and "DW_AT_name" in die.attributes
        }


def exported(library: Path) -> set[str]:
    with library.open("rb") as file:
        section = ELFFile(file).get_section_by_name(".dynsym")
        assert isinstance(section, SymbolTableSection)
        return {symbol.name for symbol in section.iter_symbols()}


def test_a_probe_names_what_crosses(include: Path) -> None:
    given = probe(include)
    assert given.headers == ("tvm/ffi/c_api.h", "tvm/ffi/object.h")
    assert given.types == (
        "DLTensor", "TVMFFIAny", "TVMFFITypeIndex", "tvm::ffi::ErrorObj", "tvm::ffi::ModuleObj", "tvm::ffi::Object",
        "tvm::ffi::ObjectRef", "tvm::ffi::Any", "tvm::ffi::String", "Optional<int64_t>", "Optional<String>",
        "Optional<Function>", "Optional<Array<Any>>",
    )  # fmt: skip
    assert [(cls.name, virtual.name) for cls, virtual in given.virtuals] == [
        ("ModuleObj", "kind"),
        ("ModuleObj", "GetFunction"),
        ("ModuleObj", "GetFunction"),
    ]
    assert given.functions == ("TVMFFIObjectDecRef", "TVMFFISetHook")


@pytest.mark.parametrize(
    "compiler", [pytest.param(name, marks=pytest.mark.program(name)) for name in ("g++", "clang++")]
)
def test_its_library_describes_each_of_them(include: Path, tmp_path: Path, compiler: str) -> None:
    given = probe(include)
    text = given.text.replace("Optional<Function>", "Optional<int>").replace("Optional<Array<Any>>", "Optional<char>")
    library = build(text, include, tmp_path / "probe.so", compiler)
    sizes = described(library)
    assert (sizes["ErrorObj"], sizes["Any"], sizes["ModuleObj"]) == (24, 16, 24)
    assert {"crosses_ErrorObj", "returns_ModuleObj_GetFunction", "returns_ModuleObj_GetFunction1"} <= exported(library)
    assert "calls_TVMFFISetHook" in exported(library)


@pytest.mark.program("g++")
def test_what_does_not_compile_is_said(include: Path, tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match=r"g\+\+ does not compile the probe of .*error.*Nowhere"):
        build("Nowhere x;", include, tmp_path / "probe.so")
    with pytest.raises(ProbeError, match="no-such-compiler cannot be started"):
        build("", include, tmp_path / "probe.so", "no-such-compiler")
