from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from conformance.compat.wheel_metadata import WheelError, read_wheel
from tests.unit.subjects.made import wheel


def test_a_wheel_is_read_without_being_unpacked(tmp_path: Path) -> None:
    path = wheel(tmp_path, "x-y", "1.0", needs=("a>=1", "b"), files={"a.so": b"\x7fELF..", "b.so": "no"})
    found = read_wheel(path)
    assert (found.name, str(found.version), found.requirements) == ("x-y", "1.0", ("a>=1", "b"))
    assert list(found.objects()) == [("x_y/a.so", b"\x7fELF..")]


def test_what_is_no_wheel_is_said(tmp_path: Path) -> None:
    with pytest.raises(WheelError, match=r"x\.zip is not named as a wheel is; name a file such as"):
        read_wheel(tmp_path / "x.zip")
    path = tmp_path / "x-1.0-py3-none-any.whl"
    with pytest.raises(WheelError, match=r"cannot be read .*; name a wheel that is there"):
        read_wheel(path)
    path.write_text("no archive")
    with pytest.raises(WheelError, match=r"is no zip archive, which a wheel is .*; build it anew"):
        read_wheel(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/METADATA", "Name: x\n")
    with pytest.raises(WheelError, match="has no METADATA; build it anew"):
        read_wheel(path)


def test_an_archive_that_is_damaged_inside_is_said(tmp_path: Path) -> None:
    path = wheel(tmp_path, "x", "1.0", files={"a.so": b"\x7fELF" + bytes(100)})
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"\x7fELF" + bytes(4), b"\x7fELF" + b"1234"))
    with pytest.raises(WheelError, match=r"is damaged .*; build it anew"):
        list(read_wheel(path).objects())
