from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from conformance.model.subject import Runtime
from conformance.subjects import environments
from conformance.subjects import installed as installation
from conformance.subjects.errors import SubjectError
from conformance.subjects.registry import Found, entries, find, split

from .made import installed

ACME = "acme = acme.abi:Subject"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, bool]]:
    """The releases that would be installed."""
    calls: list[tuple[str, str, bool]] = []

    def release(distribution: str, version: str, *, alone: bool = False) -> Path:
        calls.append((distribution, version, alone))
        return Path("there")

    monkeypatch.setattr(environments, "release", release)
    return calls


@pytest.mark.parametrize(
    ("spec", "parts"),
    [
        ("tvm-ffi", ("tvm-ffi", "", "")),
        ("tvm-ffi==0.1.10", ("tvm-ffi", "==", "0.1.10")),
        ("tvm-ffi@/a==b/c@d", ("tvm-ffi", "@", "/a==b/c@d")),
    ],
)
def test_the_first_mark_parts_a_spec(spec: str, parts: tuple[str, str, str]) -> None:
    assert split(spec) == parts


def test_a_name_is_found_without_importing_anything() -> None:
    assert find("tvm-ffi") == Found("tvm-ffi", "conformance.subjects.tvm_ffi.builtin:TvmFfi")
    assert find("reference") == Found("reference", manifest="reference")
    code = "import sys; from conformance.subjects.registry import find; find('tvm-ffi'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not any(name.startswith("conformance.subjects.tvm_ffi") for name in loaded)


def test_the_path_of_a_manifest_is_left_to_its_loader(tmp_path: Path) -> None:
    path = tmp_path / "a@b" / "subject.toml"
    path.parent.mkdir()
    path.touch()
    assert find(str(path)) == Found(str(path), manifest=str(path))


@pytest.mark.parametrize(("text", "version"), [("0.1.10", "0.1.10"), ("0.1.15.post2", "0.1.15.post2"), ("v1", "1")])
def test_a_release_goes_first_on_the_path(text: str, version: str, asked: list[tuple[str, str, bool]]) -> None:
    found = find(f"tvm-c=={text}")
    assert (found.folders, found.version) == ((Path("there"),), version)
    assert asked == [("apache-tvm", version, False)]


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("tvm-fii", "there is no subject 'tvm-fii'; did you mean tvm-ffi?"),
        ("tvm-fii==0.1", "did you mean tvm-ffi?"),
        ("zzz", "name one of reference, "),
        ("tvm-ffi=0.1.10", "write a version as 'tvm-ffi==VERSION'"),
        ("tvm-ffi==", "names no version; name one release of apache-tvm-ffi"),
        ("tvm-ffi==0.1.*", "names no version"),
        ("tvm-ffi@", "there is nothing at that path"),
        ("tvm-ffi@/no/such/place", "name a wheel, a folder with tvm_ffi in it, or a virtual environment"),
        ("reference==1.0.0", "leave out '==1.0.0'"),
        ("", "there is no subject ''"),
    ],
)
def test_what_cannot_be_found_is_one_sentence_with_its_mend(spec: str, says: str) -> None:
    with pytest.raises(SubjectError) as error:
        find(spec)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_package_of_its_own_registers_a_subject(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, str, bool]]
) -> None:
    monkeypatch.syspath_prepend(installed(tmp_path, "acme-runtime", "1.4", ACME))
    there, problems = entries()
    assert problems == ()
    assert there["acme"].runtime.distributions == ("acme-runtime",)
    assert installation.versions(there["acme"]) == {"acme-runtime": "1.4"}
    assert installation.missing(there["acme"]) == ()
    assert find("acme").target == "acme.abi:Subject"
    assert find("acme==1.3").folders == (Path("there"),)
    assert asked == [("acme-runtime", "1.3", True)]


ADAPTER = """
import a_runtime_that_is_not_installed
from conformance.model.subject import Runtime

class Base:
    runtime = Runtime(distributions=("acme-vm", "acme-core"), packages=("acme.vm",), programs=("ld",), extra="acme")

class Subject(Base):
    '''The virtual machine of Acme, by its own bindings.

    More is not told.
    '''
"""


def test_the_runtime_is_apart_from_its_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, str, bool]]
) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "abi.py").write_text(ADAPTER)
    installed(tmp_path, "acme-vm", "3.10.0")
    monkeypatch.syspath_prepend(installed(tmp_path, "abi-acme", "0.2", ACME))
    there, problems = entries()
    entry = there["acme"]
    assert problems == ()
    assert entry.what == "The virtual machine of Acme, by its own bindings"
    assert entry.runtime == Runtime(("acme-vm", "acme-core"), ("acme.vm",), ("ld",), "acme")
    assert installation.versions(entry) == {"acme-vm": "3.10.0"}
    assert installation.adapter(entry) == {"abi-acme": "0.2"}
    assert next((one.what, one.mend) for one in installation.missing(entry)) == (
        "acme-core", "pip install 'abi-acme[acme]'"
    )  # fmt: skip
    assert find("acme==3.9").folders == (Path("there"),)
    assert asked == [("acme-vm", "3.9", False)]  # with what it needs, and the adapter stays the one that is installed


@pytest.mark.parametrize(
    ("runtime", "says"),
    [
        ("Runtime(distributions=NAMES)", "has a `runtime` that cannot be read; write it as Runtime(...) with literal"),
        ("Runtime(wheel=('a',))", "has a `runtime` that cannot be read"),
        ("('acme-vm',)", "has a `runtime` that cannot be read"),
        ("Runtime(distributions='acme-vm')", "has a `runtime` whose `distributions` is no tuple of texts"),
        ("Runtime(versioned='yes')", "has a `runtime` whose `versioned` is neither True nor False"),
    ],
)
def test_a_runtime_that_cannot_be_read_is_told(
    runtime: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "abi.py").write_text(f"class Subject:\n    runtime = {runtime}\n")
    monkeypatch.syspath_prepend(installed(tmp_path, "abi-acme", "0.2", ACME))
    there, (problem,) = entries()
    assert "acme" not in there
    assert problem.startswith(f"the subject 'acme' of the package abi-acme {says}")


def test_a_checkout_that_is_not_installed_has_its_own_subjects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "distributions", lambda: iter(()))
    there, problems = entries()
    assert problems == ()
    runtimes = ["tvm-ffi", "tvm-ffi-cpp", "tvm-llvm", "tvm-c"]
    assert [name for name, entry in there.items() if entry.target] == [*runtimes, "cffi-packer", "ctypes-packer"]
    assert there["tvm-c"].runtime == Runtime(
        ("apache-tvm", "apache-tvm-ffi"), ("tvm", "tvm_ffi"), (), "tvm", versioned=True, callers_built=False
    )


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("tvm-ffi = acme:Subject", "has the name of one that ships"),
        ("reference = acme:Subject", "has the name of one that ships"),
        ("acme = acme", "names no class"),
        ("a@b = acme:Subject", "has a name that cannot be asked for"),
        ("nothing to read", "cannot be read"),
    ],
)
def test_a_bad_entry_is_told_and_left_out(
    entry: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _ = entries()
    monkeypatch.syspath_prepend(installed(tmp_path, "acme-runtime", "1.4", entry))
    there, (problem,) = entries()
    assert there == before
    assert says in problem
    assert "acme-runtime" in problem


def test_a_bad_entry_that_is_asked_for_says_what_is_wrong_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(installed(tmp_path, "acme-runtime", "1.4", "acme = acme"))
    with pytest.raises(SubjectError, match="write it there as 'module:Class'"):
        find("acme")


def test_of_two_packages_the_first_has_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(installed(tmp_path / "2", "other-runtime", "2", "acme = other:Subject"))
    monkeypatch.syspath_prepend(installed(tmp_path / "1", "acme-runtime", "1", ACME))
    there, (problem,) = entries()
    assert there["acme"].target == "acme.abi:Subject"
    assert problem.startswith("the subject 'acme' of the package other-runtime has the name of one of acme-runtime")


def test_what_is_missing_comes_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    there, _ = entries()
    monkeypatch.setattr(installation, "versions", lambda entry: {})
    monkeypatch.setenv("PATH", "")
    assert [(one.what, one.mend) for one in installation.missing(there["tvm-ffi-cpp"])] == [
        ("apache-tvm-ffi", "pip install apache-tvm-ffi"),
        ("g++", "apt install g++"),
    ]
