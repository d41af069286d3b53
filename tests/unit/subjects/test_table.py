from __future__ import annotations

from pathlib import Path

import pytest

from conformance.subjects.errors import SubjectError
from conformance.subjects.manifest import load_subject
from conformance.subjects.registry import Found, find

TABLE = """
[[manifest]]
folders = ["left", "gone"]
subject = { convention = "packed", rules = "tvm-packed" }
build = { binding = "../shared.h", sources = ["runtime.c"] }

[[manifest]]
folders = ["right"]
subject = { name = "other", version = "2" }
build = { binding = "../shared.h" }
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a table and the subjects `left` and `right`."""
    for name in ("left", "right"):
        (tmp_path / name).mkdir()
    (tmp_path / "subjects.toml").write_text(TABLE)
    (tmp_path / "shared.h").touch()
    (tmp_path / "left" / "runtime.c").touch()
    return tmp_path


def test_a_folder_of_a_table_is_a_subject_of_its_name(home: Path) -> None:
    subject = load_subject(str(home / "left"))
    assert (subject.name, subject.version, subject.manifest) == ("left", "0", home / "left" / "subject.toml")
    assert (subject.binding, subject.sources) == (home / "shared.h", (home / "left" / "runtime.c",))
    other = load_subject(str(home / "right"))
    assert (other.name, other.version) == ("other", "2")
    assert other.digest != subject.digest


def test_the_recorded_manifest_leads_to_the_subject_again(home: Path) -> None:
    subject = load_subject(str(home / "left"))
    assert find(str(subject.manifest)) == Found(str(subject.manifest), manifest=str(subject.manifest))
    assert load_subject(str(subject.manifest)).digest == subject.digest


def test_a_path_within_the_folder_names_it_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home / "left")
    assert load_subject(".").name == load_subject("subject.toml").name == "left"


def test_a_manifest_of_its_own_comes_first(home: Path) -> None:
    (home / "left" / "subject.toml").write_text('[subject]\nname = "own"\n[build]\nbinding = "../shared.h"\n')
    assert load_subject(str(home / "left")).name == "own"


@pytest.mark.parametrize("name", ["gone", "unlisted", "subjects.toml/subject.toml"])
def test_what_is_no_folder_or_is_not_listed_is_no_subject(home: Path, name: str) -> None:
    (home / "unlisted").mkdir()
    with pytest.raises(SubjectError, match="there is no subject"):
        load_subject(str(home / name))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[manifest]", r"subjects\.toml: is not valid TOML"),
        ('[[manifest]]\nfolders = ["left"]\nsubject = 3', r"left/subject\.toml: subject must be a table"),
        ('[[manifest]]\nfolders = ["left"]\nspare = {}', r"left/subject\.toml: \[spare\] is no part of a manifest"),
    ],
)
def test_a_bad_table_is_told(home: Path, text: str, message: str) -> None:
    (home / "subjects.toml").write_text(text)
    with pytest.raises(SubjectError, match=message):
        load_subject(str(home / "left"))
