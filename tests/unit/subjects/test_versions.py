from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conformance.subjects.errors import SubjectError
from conformance.subjects.manifest import load_subject
from conformance.toolchain.fixtures import root

FIXTURE = root() / "versions"

MANIFEST = """
[subject]
name = "acme"
{head}
kinds = ["i64", "handle"]
[build]
binding = "binding.h"
defines = ["CHECKED=1", "VERSION=1"]
{rest}
"""


def manifest(folder: Path, rest: str = "", head: str = 'version = "1.0"') -> str:
    (folder / "binding.h").write_text("/* nothing */\n")
    (folder / "subject.toml").write_text(MANIFEST.format(head=head, rest=rest))
    return str(folder / "subject.toml")


def test_versions_are_in_order_with_the_manifests_own(tmp_path: Path) -> None:
    rest = '[versions."1.10"]\n[versions."1.2"]\n'
    subject = load_subject(manifest(tmp_path, rest))
    assert (subject.version, subject.versions) == ("1.0", ("1.0", "1.2", "1.10"))
    newest = load_subject(manifest(tmp_path, rest, head=""))
    assert (newest.version, newest.versions) == ("1.10", ("1.2", "1.10"))
    assert load_subject(manifest(tmp_path)).versions == ()


def test_a_version_changes_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    rest = '[versions."2"]\ninclude = ["two"]\ndefines = ["VERSION=2", "NEW"]\nkinds = ["i64"]\n'
    path = manifest(tmp_path, rest)
    first, second = load_subject(path), load_subject(f"{path}==2")
    assert second.defines == ("CHECKED=1", "VERSION=2", "NEW")
    assert (first.kinds, second.kinds) == (("i64", "handle"), ("i64",))
    assert (first.include, second.include) == ((), (tmp_path / "two",))
    assert first.at("2").digest == second.digest
    assert second.at("1.0").digest == first.digest
    assert (first.spec, second.spec) == (path, f"{path}==2")
    assert first.digest != second.digest


@pytest.mark.parametrize(
    ("rest", "version", "words"),
    [
        ('[versions."2"]\n', "3", "has no version '3'; there are 1.0, 2"),
        ('[versions."2.0"]\n', "2.00", r"did you mean 2\.0\?"),
        ("", "2", r"no \[versions.X\] at all"),
        ("[versions.2.1]\n", "2", r"\[versions\.2\.1\] is a table in a table; write a version in quotes"),
        ('[versions."2"]\nsource = []\n', "2", "has no key 'source'"),
        ('[versions."2"]\ninclude = "a"\n', "2", "include must be a list of texts"),
        ('[versions."2"]\nbuild = "make"\n', "2", "build says nothing without revision"),
        ('[versions."2"]\nrevision = "v2"\n', "2", "git rev-parse fails"),
        ('[versions."2"]\nsources = ["none.c"]\n', "2", "sources: there is no file .*none.c"),
    ],
)
def test_what_is_wrong_with_a_version_is_one_sentence(tmp_path: Path, rest: str, version: str, words: str) -> None:
    with pytest.raises(SubjectError, match=words) as caught:
        load_subject(f"{manifest(tmp_path, rest)}=={version}")
    assert "\n" not in str(caught.value)


def git(folder: Path, *arguments: str) -> None:
    author = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_version_can_be_a_revision_that_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABI_CONFORMANCE_CACHE", str(tmp_path / "cache"))
    checkout = tmp_path / "checkout"
    (checkout / "abi").mkdir(parents=True)
    (checkout / "number").write_text("1\n")
    (checkout / "abi" / "kept").write_text("")
    git(checkout, "init")
    git(checkout, "add", ".")
    git(checkout, "commit", "-m", "one")
    git(checkout, "tag", "v1")
    (checkout / "number").write_text("2\n")
    git(checkout, "commit", "-am", "two")
    build = "cp ../number source.c && echo built >> log"
    rest = f'[versions."0.9"]\nrevision = "v1"\nbuild = "{build}"\nsources = ["source.c"]\n'
    path = manifest(checkout / "abi", rest)
    old = load_subject(f"{path}==0.9")
    assert old.sources[0].read_text() == "1\n"
    assert old.binding == checkout / "abi" / "binding.h"  # the old revision has none
    assert load_subject(f"{path}==0.9").sources == old.sources
    assert (old.sources[0].parent / "log").read_text() == "built\n"
    failing = '[versions."0.8"]\nrevision = "v1"\nbuild = "echo no such rule >&2; exit 3"\n'
    with pytest.raises(SubjectError, match=r"build: .* ends with 3: no such rule"):
        load_subject(f"{manifest(checkout / 'abi', failing)}==0.8")


def test_the_versions_that_ship_are_all_there() -> None:
    subject = load_subject(str(FIXTURE))
    assert subject.versions == ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6")
    assert subject.at("1.6").rules.codes["float"] == 20
