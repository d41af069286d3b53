"""What is not installed: one sentence with the mend and exit 4 where it was named, a grey row otherwise."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.cost import frame, inline

Capture = pytest.CaptureFixture[str]

PROGRAMS = ("gcc", "clang", "arm-none-eabi-gcc", "as", "ld")
PACKAGES = {"clang": "clang", "arm-none-eabi-gcc": "gcc-arm-none-eabi", "gcc": "gcc"}
FLAGS = {"arm-none-eabi-gcc": "-mcpu=cortex-m4 -mthumb -O2"}

WITHOUT_32_BIT = """#!/bin/sh
# gcc without gcc-multilib: it compiles for i386, and has neither the C library's headers for it nor anything to link.
for word in "$@"; do
  [ "$word" = -m32 ] && exec {gcc} -nostdinc -isystem "$({gcc} -print-file-name=include)" "$@"
done
exec {gcc} "$@"
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing but the compilers; and few arguments and signatures, so that compiling is quick."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in PROGRAMS:
        found = shutil.which(name)
        if found is not None:
            (folder / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    frames, inlined = frame.measure, inline.measure
    monkeypatch.setattr(frame, "measure", lambda specs: frames(specs, (0, 3)))
    monkeypatch.setattr(inline, "measure", lambda specs, *_, **more: inlined(specs, 0, 1, **more))
    return folder


def spec(name: str) -> str:
    return f"{name}:{FLAGS.get(name, '-O2')}"


@pytest.mark.parametrize("what", ["frame", "inline", "call"])
@pytest.mark.parametrize("name", PACKAGES)
def test_a_compiler_that_was_named_is_exit_4(name: str, what: str, programs: Path, capsys: Capture) -> None:
    (programs / name).unlink(missing_ok=True)
    assert main(["cost", what, "--compiler", spec(name)]) == 4
    assert capsys.readouterr() == ("", f"ERROR: {name} is not installed; run apt install {PACKAGES[name]}\n")


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize("name", ["clang", "arm-none-eabi-gcc"])
def test_a_usual_compiler_is_a_grey_row(
    name: str, programs: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (programs / name).unlink(missing_ok=True)
    monkeypatch.setattr(frame, "DEFAULTS", ("gcc:-O2", spec(name)))
    monkeypatch.setattr(inline, "DEFAULTS", (("gcc:-O2", ("unit",)), (spec(name), ("unit",))))
    reason = f"{name} is not installed; run apt install {PACKAGES[name]}"
    for what, way in (("frame", ""), ("inline", " in one unit")):
        assert main(["cost", what]) == 0
        said = capsys.readouterr().out
        assert "gcc:-O2" in said
        assert said.endswith(f"missing  {spec(name)}{way}: {reason}\n")
        assert main(["cost", what, "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["missing"] == [{"spec": f"{spec(name)}{way}", "reason": reason}]


@pytest.mark.compiler("gcc")
def test_without_32_bit_libraries_nothing_is_painted_and_the_package_is_named(programs: Path, capsys: Capture) -> None:
    gcc = (programs / "gcc").readlink()
    (programs / "gcc").unlink()
    (programs / "gcc").write_text(WITHOUT_32_BIT.format(gcc=gcc))
    (programs / "gcc").chmod(0o755)
    assert main(["cost", "frame", "--compiler", "gcc:-m32 -O2"]) == 0  # three ways are left, and agree
    said = capsys.readouterr().out
    assert "  painted stack  cannot tell of 12: gcc-m32-O2 could not compile this: " in said
    assert "; run apt install gcc-multilib\n" in said
    assert "  disassembly    the same for 12\n  unwind tables  the same for 12\n" in said
    assert main(["cost", "inline", "--compiler", "gcc:-m32 -O2"]) == 0
