"""Sanitizers among a compiler's flags: which a side has, which cannot be had, and what is missing for one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.toolchain import CompilerTarget, MissingCompiler, resolve, sanitizers

from .conftest import NATIVE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Fake


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((), ()),
        (("-O2", "-fsanitize=address"), ("address",)),
        (("-fsanitize=undefined,address",), ("address", "undefined")),
        (("-fsanitize=bool", "-fsanitize=shift,null"), ("undefined",)),
        (("-fsanitize=address,bool", "-fno-sanitize=address"), ("undefined",)),
        (("-fsanitize=memory", "-fno-sanitize=all"), ()),
        (("-fsanitize=undefined", "-fno-sanitize-recover=all", "-fsanitize-recover=null"), ("undefined",)),
        (("-fsanitize=kcfi",), ()),
        (("-flto", "-fsanitize=cfi-icall"), ()),
        (("-fsanitize=thread",), ("thread",)),
    ],
)
def test_what_a_side_is_built_with(
    fake: Callable[..., Fake], flags: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    compiler = replace(fake().compiler, flags=flags)
    assert sanitizers.of(compiler) == expected
    assert bool(sanitizers.kind(compiler)) == bool(expected)
    assert bool(sanitizers.stopping(compiler)) == bool(expected)


def test_levels_and_other_flags_do_not_part_two_sides(fake: Callable[..., Fake]) -> None:
    one = replace(fake().compiler, flags=("-O0", "-fsanitize=address,undefined"))
    other = replace(one, flags=("-O3", "-fno-plt", "-fsanitize=undefined", "-fsanitize=address"))
    assert sanitizers.kind(one) == sanitizers.kind(other)
    assert sanitizers.kind(one) != sanitizers.kind(replace(one, flags=("-fsanitize=address",)))
    assert sanitizers.in_words(other) == "-fsanitize=address,undefined"


@pytest.mark.parametrize(
    ("family", "flags", "target", "words"),
    [
        ("tcc", "address", NATIVE, "tcc has no sanitizers for a side; name a gcc or a clang"),
        ("zig", "undefined", NATIVE, "zig has no sanitizers for a side"),
        (
            "gcc",
            "thread",
            NATIVE,
            "the batch runner cannot be built with thread; it can with address, memory, undefined",
        ),
        (
            "gcc",
            "address",
            CompilerTarget("s390x-linux-gnu", 64, "big", False, "s390x"),
            "this machine runs itself, and not s390x's",
        ),
        (
            "gcc",
            "address",
            CompilerTarget("i386-linux-gnu", 32, "little", False, "i386"),
            "on i386 the memory of a run lies where",
        ),
    ],
)
def test_what_cannot_be_had_is_one_sentence(
    fake: Callable[..., Fake], family: str, flags: str, target: CompilerTarget, words: str
) -> None:
    compiler = replace(fake().compiler, family=family, flags=(f"-fsanitize={flags}",), target=target)
    with pytest.raises(MissingCompiler) as error:
        sanitizers.refuse(compiler)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_a_side_without_any_is_never_refused(fake: Callable[..., Fake]) -> None:
    sanitizers.refuse(replace(fake().compiler, family="tcc"))


@pytest.mark.parametrize(
    ("family", "version", "package"),
    [
        ("gcc", "gcc (Debian 12.2.0-14+deb12u1) 12.2.0", "libgcc-12-dev"),
        ("clang", "Debian clang version 16.0.6 (15~deb12u1)", "libclang-rt-16-dev"),
        ("clang", "Debian clang version 15.0.6", "libclang-common-15-dev"),
    ],
)
def test_a_runtime_that_is_missing_is_named_with_its_package(
    fake: Callable[..., Fake], tmp_path: Path, family: str, version: str, package: str
) -> None:
    answers = f'case "$*" in *-print-resource-dir*) echo {tmp_path};; *-print-file-name=*) echo libasan.so;; esac'
    compiler = replace(fake(answers).compiler, family=family, version=version, flags=("-fsanitize=address",))
    assert sanitizers.missing_runtimes(compiler, ("address",)) == ("address",)
    with pytest.raises(MissingCompiler, match=f"the runtime of address is not installed; run apt install {package}$"):
        sanitizers.refuse(compiler)


@pytest.mark.parametrize("place", ["lib/linux/libclang_rt.asan-x86_64.a", "lib/x86_64-pc-linux-gnu/libclang_rt.asan.a"])
def test_clang_has_its_runtimes_in_one_of_two_places(fake: Callable[..., Fake], tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).touch()
    compiler = replace(fake(f"echo {tmp_path}").compiler, family="clang")
    assert sanitizers.missing_runtimes(compiler, ("address", "memory")) == ("memory",)


@pytest.mark.compiler("gcc:-fsanitize=address")
def test_gcc_finds_its_own() -> None:
    compiler = resolve("gcc:-fsanitize=address")
    sanitizers.refuse(compiler)
    assert sanitizers.offered(compiler) == ("address", "undefined")
