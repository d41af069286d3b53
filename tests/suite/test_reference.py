"""The reference conforms under every compiler and table, and is clean C."""

from __future__ import annotations

import subprocess

import pytest

from conformance.checks import CHECKS
from conformance.engine.session import prepare
from conformance.model.options import RunOptions
from conformance.model.outcome import Outcome
from conformance.suite.requirement import requirements
from conformance.toolchain.fixtures import root


def outcomes(subject: str, compilers: tuple[str, ...], examples: int | None, seed: int = 0) -> list[Outcome]:
    """What all checks come to."""
    session = prepare(RunOptions(subject=subject, compilers=compilers, max_examples=examples, seed=seed))
    found: list[Outcome] = []
    try:
        for requirement in requirements(session, list(CHECKS)):
            requirement.hold(session, found.append)
    finally:
        session.close()
    return found


@pytest.mark.parametrize("subject", ["reference", "reference-runtime", "reference-unpacked"])
def test_the_reference_conforms_under_the_embedded_compiler(subject: str) -> None:
    for outcome in outcomes(subject, ("tcc",), 8, seed=11):
        assert outcome.status in ("pass", "not-applicable"), outcome
        assert outcome.generated == outcome.executed == outcome.judged


@pytest.mark.parametrize(
    "compiler",
    [
        pytest.param("gcc:-O0", marks=pytest.mark.compiler("gcc")),
        pytest.param("gcc:-O3 -flto", marks=pytest.mark.compiler("gcc")),
        pytest.param("gcc:-O1 -fsanitize=undefined -fno-sanitize-recover=undefined", marks=pytest.mark.compiler("gcc")),
        pytest.param("clang:-O2", marks=pytest.mark.compiler("clang")),
    ],
)
def test_the_reference_conforms_under_other_compilers_and_the_sanitizer(compiler: str) -> None:
    for outcome in outcomes("reference", ("tcc", compiler), 2):
        assert outcome.status in ("pass", "not-applicable"), outcome


@pytest.mark.parametrize(
    "compiler", [pytest.param(name, marks=pytest.mark.compiler(name)) for name in ("gcc", "clang")]
)
@pytest.mark.parametrize("define", ["ABI_RULES_RUNTIME=0", "ABI_RULES_RUNTIME=1"])
def test_the_reference_compiles_without_a_warning(compiler: str, define: str) -> None:
    flags = "-std=c99 -O2 -Wall -Wextra -Wpedantic -Wconversion -Werror -fsyntax-only"
    source = root() / "reference" / "packed.c"
    done = subprocess.run([compiler, *flags.split(), f"-D{define}", str(source)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "compiler", [pytest.param(name, marks=pytest.mark.compiler(name)) for name in ("g++", "clang++")]
)
def test_the_reference_in_cxx_compiles_without_a_warning(compiler: str) -> None:
    flags = "-std=c++17 -O2 -Wall -Wextra -Wpedantic -Wconversion -Werror -fsyntax-only"
    source = root() / "reference" / "cxx" / "runtime.cc"
    done = subprocess.run([compiler, *flags.split(), str(source)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
