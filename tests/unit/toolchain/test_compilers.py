"""Specs, ids, and what compilers answer for themselves."""

from __future__ import annotations

import pickle
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.toolchain import BadSpec, MissingCompiler, available, c_beside, discover, resolve, resolve_cxx
from conformance.toolchain.compilers import cross_compilers, program_of, versions
from conformance.toolchain.every import every_program
from conformance.toolchain.spec import make_id, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Fake


@pytest.mark.parametrize(
    ("text", "name", "flags"),
    [
        ("gcc", "gcc", None),
        ("gcc:", "gcc", None),
        (" clang-16 : -O0 ", "clang-16", ("-O0",)),
        ("gcc:-O3 -m32", "gcc", ("-O3", "-m32")),
        ("gcc:-DX='a b'", "gcc", ("-DX=a b",)),
        ("zig:-target s390x-linux-gnu", "zig", ("-target", "s390x-linux-gnu")),
        ("/opt/my cc:-O1", "/opt/my cc", ("-O1",)),
    ],
)
def test_a_spec_is_a_name_and_perhaps_flags(text: str, name: str, flags: tuple[str, ...] | None) -> None:
    assert (parse(text).name, parse(text).flags) == (name, flags)


@pytest.mark.parametrize(
    "text",
    ["", ":-O2", "gcc -O2", "-O2", "gcc:-O2 'x", "gcc:-o x", "gcc:-c", "gcc:other.c", "gcc:@file", "dynamic:-O2"],
)
def test_a_spec_that_cannot_be_meant_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(BadSpec) as error:
        resolve(text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("base", "flags", "expected"),
    [
        ("tcc", (), "tcc"),
        ("gcc", ("-O3", "-m32"), "gcc-O3-m32"),
        ("tcc", ("-DX=1",), "tcc-DX=1"),
        ("zig", ("-target", "s390x-linux-gnu"), "zig-target-s390x-linux-gnu"),
    ],
)
def test_an_id_can_be_read(base: str, flags: tuple[str, ...], expected: str) -> None:
    assert make_id(base, flags) == expected


def test_ids_hold_nothing_that_keys_globs_and_files_use_and_stay_apart() -> None:
    flags = ["-DX=a>b", "-DX=a:b", "-DX=a/b", "-DX=a b", "-DX=a*b", "-DX=[ab]"]
    ids = {make_id("gcc", (flag,)) for flag in flags}
    assert len(ids) == len(flags)
    assert not set("".join(ids)) & set(">:/ *[]?")


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ("gccc", "did you mean gcc"),
        ("clang-999", "apt install clang-999"),
        ("none-linux-gnu-gcc", "apt install gcc-none-linux-gnu"),
        ("/nowhere/cc", "/nowhere/cc"),
        ("reboot", "unknown compiler"),
    ],
)
def test_a_missing_compiler_comes_with_the_mend(spec: str, word: str) -> None:
    with pytest.raises(MissingCompiler, match=word) as error:
        resolve(spec)
    assert "\n" not in str(error.value)


def test_a_program_that_is_no_compiler_is_missing_not_accepted() -> None:
    with pytest.raises(MissingCompiler, match="does not behave like a C compiler"):
        resolve("/bin/true")


def test_a_compiler_is_asked_what_it_compiles_for(fake: Callable[..., Fake]) -> None:
    found = resolve(str(fake(name="s390x-fake-gcc").path))
    assert found.id.startswith("s390x-fake-gcc-")
    assert found.id.endswith("-O2")
    assert (found.family, found.version, found.flags) == ("gcc", "fake cc 1.0", ("-O2",))
    assert (found.target.triple, found.target.pointer_bits) == ("s390x-fake-linux-gnu", 64)
    assert (found.target.byteorder, found.target.native) == ("big", False)


def test_the_preprocessor_knows_better_than_the_triple(fake: Callable[..., Fake]) -> None:
    macros = "#define __i386__ 1\n#define __SIZEOF_POINTER__ 4\n#define __BYTE_ORDER__ __ORDER_LITTLE_ENDIAN__\n"
    target = resolve(f"{fake(triple='x86_64-linux-gnu', macros=macros).path}:-m32").target
    assert (target.triple, target.pointer_bits, target.byteorder) == ("i386-linux-gnu", 32, "little")
    assert not target.native or sys.maxsize < 2**32


def test_two_programs_of_one_name_have_two_ids(fake: Callable[..., Fake]) -> None:
    first = fake().path
    second = first.parent / "more" / first.name
    second.parent.mkdir()
    second.write_bytes(first.read_bytes())
    second.chmod(0o755)
    assert resolve(str(first)).id != resolve(str(second)).id


@pytest.mark.compiler("tcc")
@pytest.mark.parametrize("option", ["-I", "-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-L"])
def test_what_a_spec_names_relative_to_the_current_folder_is_named_from_the_root(
    option: str, fake: Callable[..., Fake], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    program = fake().path
    for typed, meant in (
        (f"{option}there", (f"{option}{tmp_path}/there",)),
        (f"{option} ../{tmp_path.name}/there", (option, f"{tmp_path}/../{tmp_path.name}/there")),
        (f"{option}absent", (f"{option}absent",)),
        (f"{option}/", (f"{option}/",)),
    ):
        compiler = resolve(f"{program}:{typed}")
        assert (compiler.flags, compiler.spec) == (meant, f"{program}:{typed}")
    here = resolve(f"{program}:{option}there").id
    monkeypatch.chdir("..")
    assert resolve(f"{program}:{option}there").id == here


def test_the_embedded_compiler_is_no_program() -> None:
    found = resolve("tcc:-DX=1")
    assert (found.id, found.command, found.flags) == ("tcc-DX=1", (), ("-DX=1",))
    assert found.is_embedded
    assert found.target.native
    assert discover()[0].id == "tcc"
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize("name", ["dynamic", "dynamic-api"])
def test_python_is_a_compiler_too(name: str) -> None:
    pytest.importorskip("cffi")
    found = resolve(name)
    assert (found.id, found.family, found.is_dynamic) == (name, "dynamic", True)
    assert "cffi" in found.version
    assert found.target.byteorder == sys.byteorder


@pytest.mark.compiler("gcc")
def test_gcc_is_asked() -> None:
    found = resolve("gcc")
    assert (found.id, found.family, found.flags) == ("gcc-O2", "gcc", ("-O2",))
    assert found.target.native
    assert found.target.byteorder == sys.byteorder
    with pytest.raises(BadSpec, match="refuses the flags of 'gcc:-fno-such-flag'"):
        resolve("gcc:-fno-such-flag")


@pytest.mark.compiler("clang")
def test_clang_tells_its_target_under_flags() -> None:
    found = resolve("clang:--target=s390x-linux-gnu")
    assert (found.family, found.target.byteorder, found.target.native) == ("clang", "big", False)
    assert found.target.triple.startswith("s390x")


def test_the_list_names_the_usual_ones_found_or_missing() -> None:
    listed = available()
    assert [spec for spec, _ in listed[:4]] == ["tcc", "gcc", "clang", "zig"]
    assert "dynamic" in dict(listed)
    assert all(isinstance(found, MissingCompiler) or found.version for _, found in listed)


def test_cross_compilers_on_the_path_are_listed(fake: Callable[..., Fake], monkeypatch: pytest.MonkeyPatch) -> None:
    program = fake(name="s390x-fake-linux-gnu-gcc").path
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    found = dict(available())["s390x-fake-linux-gnu-gcc"]
    assert not isinstance(found, MissingCompiler)
    assert found.id == "s390x-fake-linux-gnu-gcc-O2"


@pytest.mark.parametrize("family", [("g++", "gcc"), ("clang++", "clang")])
def test_a_compiler_for_cxx_is_asked_like_one_for_c_and_does_not_optimise(family: tuple[str, str]) -> None:
    try:
        compiler = resolve_cxx(family[0])
    except MissingCompiler as missing:
        pytest.skip(str(missing))
    assert (compiler.id, compiler.family, compiler.flags) == (f"{family[0]}-O0", family[1], ("-O0",))
    assert resolve_cxx("g++-99", f"{family[0]}:-O1").id == f"{family[0]}-O1"


@pytest.mark.compiler("g++", "clang++")
def test_both_languages_have_their_usual_compilers_and_the_name_tells_which() -> None:
    found = [resolve(spec, cxx=True) for spec in ("g++", "clang++:-O3", "gcc", str(shutil.which("g++")))]
    assert [compiler.is_cxx for compiler in found] == [True, True, False, True]
    assert [compiler.id for compiler in found] == ["g++-O2", "clang++-O3", "gcc-O2", "g++-O2"]
    assert [compiler.id for compiler in discover(cxx=True)] == ["g++-O2", "clang++-O2"]
    assert not any(compiler.is_cxx for compiler in discover())
    assert {"g++", "clang++"} <= dict(available()).keys()


@pytest.mark.compiler("g++", "clang++")
@pytest.mark.parametrize(
    ("spec", "beside"),
    [("g++", "gcc-O2"), ("clang++:-std=c++20 -O1 -m64", "clang-O1-m64"), ("/usr/bin/clang++", "clang-O2")],
)
def test_the_c_compiler_beside_one_for_cxx_has_its_flags_but_for_the_standard(spec: str, beside: str) -> None:
    assert c_beside(resolve(spec, cxx=True)).id == beside


def test_versions_for_cxx_are_named_as_those_for_c() -> None:
    assert set(versions(cxx=True)) >= {"g++-12", "clang++-16"}
    assert len(versions(cxx=True)) == len(versions())


def test_a_cross_compiler_for_cxx_goes_by_its_name_at_home(fake: Callable[..., Fake]) -> None:
    program = fake(name="s390x-fake-linux-gnu-g++-12").path
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        compiler = resolve("s390x-fake-linux-gnu-g++-12", cxx=True)
        assert "s390x-fake-linux-gnu-g++-12" in cross_compilers()
    assert program_of(compiler) == "g++-12"
    with pytest.raises(MissingCompiler, match=r"apt install g\+\+-12-none-linux-gnu"):
        resolve("none-linux-gnu-g++-12", cxx=True)


@pytest.mark.compiler("g++")
def test_all_programs_are_of_one_language() -> None:
    assert all("++" in program.name and program.optimises for program in every_program(cxx=True))
    assert any(program.name.startswith("g++") for program in every_program(cxx=True))
    assert not any("++" in program.name for program in every_program())


def test_neither_language_takes_the_compiler_of_the_other() -> None:
    with pytest.raises(MissingCompiler, match=r"g\+\+ compiles C\+\+, and what is compiled here is C; name gcc"):
        resolve("g++")
    with pytest.raises(MissingCompiler, match=r"known are g\+\+"):
        resolve_cxx("tcc")
    with pytest.raises(MissingCompiler, match="apt install clang-99"):
        resolve_cxx("clang++-99")
