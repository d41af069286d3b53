from __future__ import annotations

from pathlib import Path

import pytest

from conformance.compat import wheel_releases
from conformance.compat.wheel_releases import facts, layout
from conformance.subjects import environments
from conformance.subjects.errors import SubjectError

from . import acme


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The versions that were asked for, each of which is read from a made-up release."""
    asked: list[str] = []
    acme.release(tmp_path / "release", "1.2")

    def release(_: str, version: str) -> Path:
        asked.append(version)
        return tmp_path / "release"

    monkeypatch.setenv("ABI_CONFORMANCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(environments, "release", release)
    monkeypatch.setitem(wheel_releases.LAYOUTS, "acme-ffi", acme.LAYOUT)
    return asked


def test_a_release_is_read_once(installed: list[str]) -> None:
    first = facts("Acme.FFI", "1.2")
    assert first.exports == {"AcmeFail", "AcmeOpen", "AcmeClose"}
    assert facts("acme-ffi", "1.2") == first
    assert installed == ["1.2"]


@pytest.mark.parametrize("damage", ["", "[]", '{"version": "1.2"}', '{"version": "1.2", "exports": 7}'])
def test_what_was_kept_and_is_damaged_is_read_again(installed: list[str], tmp_path: Path, damage: str) -> None:
    first = facts("acme-ffi", "1.2")
    (kept,) = (tmp_path / "cache" / "compat").iterdir()
    kept.write_text(damage)
    assert facts("acme-ffi", "1.2") == first
    assert installed == ["1.2", "1.2"]


def test_a_cache_that_cannot_be_written_is_no_fault(installed: list[str], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    assert facts("acme-ffi", "1.2").version == "1.2"


def test_a_runtime_whose_releases_are_not_known_is_said() -> None:
    with pytest.raises(SubjectError, match=r"where releases of acme have their headers is not known.*--built"):
        layout("acme")
