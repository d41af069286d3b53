"""A reproducer is built and run once, and what it comes to is remembered by what the finding's folder holds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conformance.findings import verify
from conformance.model.outcome import NOT_BUILT, NOT_SHOWN, SHOWN
from conformance.subjects.manifest import load_subject
from conformance.toolchain.fixtures import root
from tests.unit.findings import made
from tests.unit.findings.made import write

COMMANDS = {"gcc-O0": (("cc",), ("-O0",))}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ABI_CONFORMANCE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize(("name", "found"), [("no-checks", SHOWN), ("saturates", NOT_SHOWN)])
def test_what_a_reproducer_shows(name: str, found: str, tmp_path: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("needs make: it is not installed")
    subject = load_subject(str(root() / "broken" / name))
    folder = write(made.finding(made.SHOWN_BY["no-checks"]), subject, tmp_path / "reports", COMMANDS)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert verify.verify(folder) == found
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_what_is_known_is_not_built_again(tmp_path: Path, cache: Path) -> None:
    folder = tmp_path / "finding"
    folder.mkdir()
    (folder / "reproduce.py").write_text("import sys; sys.exit(1)")
    assert verify.verify(folder) == SHOWN
    (kept,) = (cache / "reproducers").iterdir()
    kept.write_text(NOT_SHOWN)
    assert verify.verify(folder) == NOT_SHOWN
    (folder / "reproduce.py").write_text("import sys; sys.exit(0)  # other")
    assert verify.verify(folder) == NOT_SHOWN


def test_a_side_that_another_reproducer_has_built_is_not_built_again(tmp_path: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("needs make: it is not installed")
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "side.cc").write_text("the same")
        rule = "$(SIDES)/side-1.so: side.cc\n\techo built >> $(BUILT); touch $@\n"
        (folder / "Makefile").write_text(
            f"BUILT = {tmp_path}/built\ncheck: $(SIDES)/side-1.so\n\t@echo NONCONFORMING {name}; false\n{rule}"
        )
        assert verify.verify(folder) == SHOWN
    assert (tmp_path / "built").read_text() == "built\n"


def test_one_that_takes_too_long_says_nothing_and_is_tried_again(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_LIMIT", 0.1)
    (tmp_path / "reproduce.py").write_text("import time; time.sleep(60)")
    assert verify.verify(tmp_path) == NOT_BUILT
    assert not cache.exists()


def test_one_that_cannot_be_built_says_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "finding"
    folder.mkdir()
    assert verify.verify(folder) == NOT_BUILT
    (folder / "Makefile").write_text("check:\n\tfalse\n")
    assert verify.verify(folder) == NOT_BUILT
