"""Sides whose stubs are generic: the text, and what C compilers say of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conformance.codegen import generic
from conformance.subjects.manifest import load_subject
from conformance.toolchain.fixtures import root
from conformance.transport.compiled.layouts import constants

SUBJECTS = ("reference", "reference-unpacked")


def text(role: str, subject: str) -> str:
    made = load_subject(subject)
    with_null = "null" in made.rules.passable
    return generic.render_generic(role, made.kinds, with_null=with_null, binding=made.binding.name, packed=made.packed)


def test_a_side_has_as_many_entries_as_the_header_says() -> None:
    assert constants()["ABI_GENERIC"] == generic.ENTRIES
    assert text("callees", "reference").count("\nENTRY(") == generic.ENTRIES


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("role", ["callers", "callees"])
@pytest.mark.parametrize("define", ["ABI_NOTHING", "ABI_RELEASE"])
def test_the_text_compiles_without_a_warning(role: str, subject: str, define: str, tmp_path: Path) -> None:
    (tmp_path / "side.c").write_text(text(role, subject))
    folders = [load_subject(subject).binding.parent, root() / "include", root()]
    include = [f"-I{folder}" for folder in folders]
    warnings = ("-std=gnu99", "-O2", "-Wall", "-Wextra", "-Werror")
    made = subprocess.run(
        ["gcc", *warnings, f"-D{define}", *include, "-c", "side.c"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
