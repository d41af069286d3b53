"""Sides in C++: every compiler for it takes their texts without a warning, whatever names the header has."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conformance.codegen.generic import render_generic
from conformance.codegen.stubs import render_side
from conformance.generation.strategies import every_kind, every_tensor
from conformance.subjects.manifest import BuiltSubject, load_subject
from conformance.toolchain.compilers import versions
from conformance.toolchain.fixtures import root

SUBJECTS = ("reference-cxx", "reference-unpacked")
COMPILERS = [
    pytest.param(name, marks=pytest.mark.compiler(name)) for name in versions(cxx=True) if name in {
        "g++-11", "g++-12", "clang++-13", "clang++-14", "clang++-15", "clang++-16", "clang++-19",
    }
]  # fmt: skip
"""Those that Debian has."""

SAME_NAMES = """
namespace packed {}
namespace harness { inline int layout; }
namespace pack { struct callers; }
template <class T> struct Row { T see; };
"""
"""What a header in C++ may have beside its functions."""


def texts(subject: BuiltSubject, role: str) -> dict[str, str]:
    """The generic and the compiled stubs of one role, of a header of that name beside them."""
    with_null = "null" in subject.rules.passable
    signatures = every_kind(subject.kinds, with_null).signatures
    if subject.packed:
        signatures += every_tensor(far=True).signatures
    binding, packed = "header.hpp", subject.packed
    return {
        "generic.cc": render_generic(
            role, subject.kinds, with_null=with_null, binding=binding, packed=packed, cxx=True
        ),
        "compiled.cc": render_side(role, signatures, binding, packed, cxx=True),
    }


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_every_compiler_takes_the_texts_without_a_warning(compiler: str, name: str, tmp_path: Path) -> None:
    subject = load_subject(name)
    (tmp_path / "header.hpp").write_text(f'#include "{subject.binding}"\n{SAME_NAMES}')
    include = [f"-I{folder}" for folder in (root() / "include", root())]
    warnings = ("-std=gnu++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror")
    for role in ("callers", "callees"):
        for file, text in texts(subject, role).items():
            (tmp_path / file).write_text(text)
            for define in ("-DABI_NOTHING", "-DABI_RELEASE"):
                made = subprocess.run(
                    [compiler, *warnings, define, *include, file],
                    cwd=tmp_path,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert made.returncode == 0, f"{role} {file}\n{made.stderr}"


@pytest.mark.parametrize("role", ["callers", "callees"])
def test_of_a_header_in_c_nothing_of_the_text_is_c_plus_plus(role: str) -> None:
    subject = load_subject("reference")
    text = render_generic(role, subject.kinds, with_null=True, binding="binding.h", packed=True)
    text += render_side(role, every_kind(subject.kinds, True).signatures, "binding.h", True)
    assert not [word for word in ("namespace", "template", 'extern "C"', "__cplusplus") if word in text]
