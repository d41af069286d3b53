"""What is built: the files of wheel and sdist, and the metadata that an index reads."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from pathlib import Path

from packaging.metadata import Metadata
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from conformance import __version__
from tests.release.environment import CHECKOUT, tool

CACHES = (
    "__pycache__",
    ".pyc",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    ".abi-conformance",
    ".so",
)


def inside(path: Path) -> set[str]:
    """The files of a wheel, or of an sdist without the folder that all of them are in."""
    if path.suffix == ".whl":
        return {name for name in zipfile.ZipFile(path).namelist() if not name.endswith("/")}
    with tarfile.open(path) as archive:
        return {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}


def tracked(*folders: str) -> set[str]:
    """The files of the checkout that git knows, those that were not added yet too."""
    argv = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", *folders]
    listed = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.splitlines()
    return {name for name in listed if (CHECKOUT / name).is_file()}


def test_the_wheel_has_the_package_and_all_of_its_data_and_nothing_else(wheel: Path) -> None:
    name, version, _, tags = parse_wheel_filename(wheel.name)
    assert (name, version, set(map(str, tags))) == ("abi-conformance", Version(__version__), {"py3-none-any"})
    package = tracked("conformance")
    sources = {name.replace("c_fixtures/", "conformance/_c_fixtures/", 1) for name in tracked("c_fixtures")}
    files = {name for name in inside(wheel) if ".dist-info/" not in name}
    assert files == package | sources
    for ending in ("py.typed", "schemas/result-2.json", "html.j2", "rules/tvm-packed.toml", "harness/main.c"):
        assert any(name.endswith(ending) for name in files), ending


def test_the_sdist_has_what_is_tested_with_and_no_caches(sdist: Path) -> None:
    name, version = parse_sdist_filename(sdist.name)
    assert (name, version) == ("abi-conformance", Version(__version__))
    files = inside(sdist)
    assert not [name for name in files if any(cache in name for cache in CACHES)]
    left_out = tracked() - files
    assert {name.partition("/")[0] for name in left_out} <= {".ci", ".github"}
    assert files - tracked() == {"PKG-INFO"}


def test_the_wheel_of_a_checkout_is_that_of_its_sdist(wheel: Path, tmp_path: Path) -> None:
    tool("uv", "build", "--quiet", "--wheel", "--out-dir", tmp_path, CHECKOUT)
    (direct,) = tmp_path.glob("*.whl")
    assert inside(direct) == inside(wheel)
    first, second = zipfile.ZipFile(direct), zipfile.ZipFile(wheel)
    assert [name for name in first.namelist() if first.read(name) != second.read(name)] == []


def test_the_metadata_is_valid_and_the_same_in_both(wheel: Path, sdist: Path) -> None:
    (name,) = (name for name in inside(wheel) if name.endswith(".dist-info/METADATA"))
    text = zipfile.ZipFile(wheel).read(name)
    with tarfile.open(sdist) as archive:
        info = archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/PKG-INFO")
        assert info is not None and info.read() == text
    metadata = Metadata.from_email(text, validate=True)
    assert (metadata.name, metadata.version) == ("abi-conformance", Version(__version__))
    assert metadata.description_content_type == "text/markdown" and metadata.description
    assert metadata.license_expression == "Apache-2.0"
    assert set(metadata.project_urls or {}) == {"Documentation", "Source", "Changelog", "Issues"}
