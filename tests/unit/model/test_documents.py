"""A file that cannot be read is one sentence with the file, what is wrong, and the hint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.model import documents
from conformance.model.documents import read_json, read_toml


class NoFileError(Exception):
    """What a caller wants to be raised."""


def json_of(path: Path) -> Any:
    return read_json(path, NoFileError, "name another")


def toml_of(path: Path) -> Any:
    return read_toml(path, NoFileError)


def says(read: Callable[[Path], Any], path: Path) -> str:
    with pytest.raises(NoFileError) as caught:
        read(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ") and "\n" not in said
    return said


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (json_of, b"{\n 'x'", "is not valid JSON: line 2: "),
        (json_of, b"[" * 100_000, "is nested too deeply; name another"),
        (json_of, b"\xff{}", "is not UTF-8 (byte 0); name another"),
        (toml_of, b"a = \n", "is not valid TOML: Invalid value (at line 1"),
        (toml_of, b"a = " + b"[" * 100_000, "is nested too deeply; correct it there"),
        (toml_of, b"\xff", "is not UTF-8 (byte 0); name a text file that is there"),
    ],
)
def test_what_is_wrong_with_a_text(read: Callable[[Path], Any], text: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "it"
    path.write_bytes(text)
    assert words in says(read, path)


def test_what_is_no_file(tmp_path: Path) -> None:
    assert (
        says(json_of, tmp_path / "none") == f"{tmp_path}/none: cannot be read: No such file or directory; name another"
    )
    assert "cannot be read: Is a directory" in says(json_of, tmp_path)


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_BYTES", 3)
    path = tmp_path / "it.json"
    path.write_text("{  }")
    assert says(json_of, path) == f"{path}: is too large; name another"


def test_what_is_right_is_read(tmp_path: Path) -> None:
    path = tmp_path / "it"
    path.write_text("a = 1\n")
    assert toml_of(path) == {"a": 1}
    path.write_text('{"a": [1]}')
    assert json_of(path) == {"a": [1]}
