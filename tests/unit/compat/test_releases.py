from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from conformance.compat import index
from conformance.compat.index import IndexedRelease
from conformance.compat.releases import Release, versioned
from conformance.subjects.errors import SubjectError
from conformance.toolchain.fixtures import root

FIXTURE = str(root() / "versions")
ALL = (
    IndexedRelease("0.1.8", yanked=True),
    IndexedRelease("0.1.8.post1", yanked=False),
    IndexedRelease("0.1.9", yanked=None),
)
CANDIDATE = IndexedRelease("0.2.0rc1", yanked=False)


@pytest.fixture(autouse=True)
def _releases(monkeypatch: pytest.MonkeyPatch) -> None:
    def releases(distribution: str, *, candidates: bool) -> tuple[IndexedRelease, ...]:
        assert distribution == "apache-tvm-ffi"
        return (*ALL, CANDIDATE) if candidates else ALL

    monkeypatch.setattr(index, "releases", releases)


def test_a_manifest_names_its_versions() -> None:
    found = versioned(FIXTURE, None, candidates=False)
    assert found.versions == ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6")
    assert found.at("1.1") == f"{FIXTURE}==1.1"
    assert (found.language, found.releases[0]) == ("c", Release("1.0", yanked=False))


def test_a_called_subject_has_the_releases_of_its_runtime() -> None:
    found = versioned("tvm-ffi-cpp", None, candidates=False)
    assert [(release.version, release.yanked) for release in found.releases] == [
        ("0.1.8", True),
        ("0.1.8.post1", False),
        ("0.1.9", None),
    ]
    assert found.language == ""


@pytest.mark.parametrize(
    ("wanted", "candidates", "versions"),
    [
        (">=0.1.8.post1", False, ("0.1.8.post1", "0.1.9")),
        (">=0.1.8.post1", True, ("0.1.8.post1", "0.1.9", "0.2.0rc1")),
        (">=0.1.9,<=0.2.0rc1", False, ("0.1.9", "0.2.0rc1")),
    ],
)
def test_a_range_leaves_out_what_is_not_in_it(wanted: str, candidates: bool, versions: tuple[str, ...]) -> None:
    assert versioned("tvm-ffi-cpp", SpecifierSet(wanted), candidates=candidates).versions == versions


def test_versions_that_are_no_numbers_are_in_no_range(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "subject")
    with (tmp_path / "subject" / "subject.toml").open("a") as manifest:
        manifest.write("\n[versions.main]\n")
    assert "main" in versioned(str(tmp_path / "subject"), None, candidates=False).versions
    assert "main" not in versioned(str(tmp_path / "subject"), SpecifierSet(">=1.0"), candidates=False).versions


def test_a_digest_changes_with_what_a_version_is_built_of(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "subject")
    found = versioned(str(tmp_path / "subject"), None, candidates=False)
    before = {version: found.digest(version) for version in found.versions}
    assert len(set(before.values())) == 7
    header = tmp_path / "subject" / "binding.h"
    header.write_text(header.read_text() + "\n")
    assert all(found.digest(version) != before[version] for version in found.versions)


def test_a_version_that_is_not_there_has_no_digest(tmp_path: Path) -> None:
    with pytest.raises(SubjectError, match="has no version '9'"):
        versioned(FIXTURE, None, candidates=False).digest("9")
