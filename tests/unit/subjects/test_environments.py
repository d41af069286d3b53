from __future__ import annotations

import importlib.util
import sys
import threading
from pathlib import Path

import filelock
import pytest

from conformance.subjects import environments
from conformance.subjects.errors import SubjectError
from conformance.subjects.registry import find

from .made import installed, wheel

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip takes for the whole world, and a cache of this test's own."""
    for name, value in {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "index"),
        "PIP_CONFIG_FILE": "/dev/null",
        "ABI_CONFORMANCE_CACHE": str(tmp_path / "cache"),
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "index"


def texts(folder: Path) -> str:
    return (folder / "acme_runtime" / "__init__.py").read_text()


def left(index: Path) -> list[str]:
    return sorted(path.name for path in (index.parent / "cache" / "subjects").iterdir() if path.is_dir())


def test_a_release_is_installed_once_with_what_it_needs(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(index, "acme-runtime", "1.0", needs=("acme-base",))
    wheel(index, "acme-runtime", "2.0", needs=("acme-base",))
    wheel(index, "acme-base", "7")
    path, modules = list(sys.path), set(sys.modules)
    made = environments.release("acme-runtime", "1.0")
    assert texts(made) == "__version__ = '1.0'\n"
    assert (made / "acme_base").is_dir()
    assert left(index) == [made.name]
    monkeypatch.setattr(environments, "_install", None)  # it is not called again
    assert environments.release("acme-runtime", "1.0") == made
    assert sys.path == path
    assert not {name for name in set(sys.modules) - modules if name.startswith("acme")}


def test_alone_brings_nothing_else(index: Path) -> None:
    wheel(index, "acme-runtime", "1.0", needs=("acme-base",))
    made = environments.release("acme-runtime", "1.0", alone=True)
    assert not (made / "acme_base").exists()


def test_an_unknown_release_names_some_that_exist(index: Path) -> None:
    for version in ("0.1", "0.2", "0.3rc1", "0.4", "0.5.post1", "0.6", "0.7"):
        wheel(index, "acme-runtime", version)
    with pytest.raises(SubjectError) as error:
        environments.release("acme-runtime", "9.9")
    assert str(error.value) == (
        "there is no acme-runtime 9.9 for this Python; the newest are 0.2, 0.4, 0.5.post1, 0.6, 0.7"
    )
    assert left(index) == []


def test_pips_own_words_are_told_where_nothing_better_is_known(index: Path) -> None:
    wheel(index, "acme-runtime", "1.0", needs=("acme-base==3",))
    with pytest.raises(SubjectError) as error:
        environments.release("acme-runtime", "1.0")
    assert str(error.value).startswith("pip cannot install acme-runtime==1.0: ")
    assert "acme-base==3" in str(error.value)
    assert "\n" not in str(error.value)
    with pytest.raises(SubjectError, match="pip knows no package acme-nothing"):
        environments.release("acme-nothing", "1.0")
    assert left(index) == []


def test_no_network_is_said_so(index: Path) -> None:
    said = (
        "WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError(...)': /simple/acme/\n"
        "ERROR: Could not find a version that satisfies the requirement acme==1 (from versions: none)\n"
        "ERROR: No matching distribution found for acme==1\n"
    )
    assert environments._why("acme==1", said).startswith("pip does not reach a package index")


def test_without_pip_the_command_that_brings_it_is_told(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SubjectError, match="-m ensurepip"):
        environments.release("acme-runtime", "1.0")


def test_a_pip_that_hangs_is_ended(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "TIMEOUT", 0.01)
    wheel(index, "acme-runtime", "1.0")
    with pytest.raises(SubjectError, match="pip has not installed acme-runtime"):
        environments.release("acme-runtime", "1.0")
    assert left(index) == []


def test_an_interrupted_run_is_mended(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(index, "acme-runtime", "1.0")

    def interrupted(wanted: str, target: Path, alone: bool) -> None:
        (target / "half").mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(environments, "_install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            environments.release("acme-runtime", "1.0")
    name = f"acme-runtime-1.0-{sys.implementation.cache_tag}"
    (index.parent / "cache" / "subjects" / f".{name}.123" / "half").mkdir(parents=True)  # as a killed one leaves it
    assert texts(environments.release("acme-runtime", "1.0")) == "__version__ = '1.0'\n"
    assert left(index) == [name]


def test_two_runs_install_once(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installs: list[str] = []
    started = threading.Event()

    def slowly(wanted: str, target: Path, alone: bool) -> None:
        installs.append(wanted)
        started.set()
        threading.Event().wait(0.1)
        (target / "whole").touch()

    monkeypatch.setattr(environments, "_install", slowly)
    first = threading.Thread(target=environments.release, args=("acme-runtime", "1.0"))
    first.start()
    started.wait(5)
    assert (environments.release("acme-runtime", "1.0") / "whole").exists()
    first.join()
    assert installs == ["acme-runtime==1.0"]


def test_who_waits_too_long_is_told(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "TIMEOUT", 0.05)
    folder = index.parent / "cache" / "subjects"
    folder.mkdir(parents=True)
    with (
        filelock.FileLock(folder / f"acme-runtime-1.0-{sys.implementation.cache_tag}.lock"),
        pytest.raises(SubjectError, match="another run has been making"),
    ):
        environments.release("acme-runtime", "1.0")


def test_a_cache_that_cannot_be_written_is_one_sentence(index: Path) -> None:
    (index.parent / "cache").write_text("a file")
    with pytest.raises(SubjectError, match="set ABI_CONFORMANCE_CACHE to another folder"):
        environments.release("acme-runtime", "1.0")


def test_a_wheel_has_an_environment_by_its_content(index: Path, tmp_path: Path) -> None:
    one, other = wheel(tmp_path / "1", "acme-runtime", "1.0"), wheel(tmp_path / "2", "acme-runtime", "1.0")
    with other.open("ab") as file:
        file.write(b"another build")
    made, version = environments.wheel(one, ("acme-runtime",))
    assert (texts(made), version) == ("__version__ = '1.0'\n", "1.0")
    assert environments.wheel(other, ("acme-runtime",), alone=True)[0] != made
    with pytest.raises(SubjectError, match="is a wheel of acme-runtime; name one of tvm-ffi"):
        environments.wheel(one, ("tvm-ffi",))
    with pytest.raises(SubjectError, match="is no wheel"):
        environments.wheel(Path("notes.txt"), ("tvm-ffi",))


def test_a_folder_or_an_environment_is_taken_as_it_is(tmp_path: Path) -> None:
    build, venv = tmp_path / "source" / "python", tmp_path / "venv"
    inside = venv / "lib" / PYTHON / "site-packages"
    for place in (build, inside):
        (place / "tvm_ffi").mkdir(parents=True)
        (place / "tvm_ffi" / "__init__.py").touch()
    (venv / "pyvenv.cfg").touch()
    assert find(f"tvm-ffi@{build}").folders == (build,)
    assert find(f"tvm-ffi@{venv}").folders == (inside,)
    for near in (build.parent, build / "tvm_ffi"):
        with pytest.raises(SubjectError, match=f"did you mean {build}"):
            find(f"tvm-ffi@{near}")
    with pytest.raises(SubjectError, match="name the folder that holds the package"):
        find(f"tvm-ffi@{tmp_path}")


def test_a_package_without_an_init_file_is_found(tmp_path: Path) -> None:
    venv, build, checkout = tmp_path / "venv", tmp_path / "build", tmp_path / "all" / "acme"
    inside = venv / "lib" / PYTHON / "site-packages"
    for place in (inside, build):
        (place / "acme" / "vm").mkdir(parents=True)
        (place / "acme" / "vm" / "__init__.py").touch()
    (venv / "pyvenv.cfg").touch()
    for name in ("acme", "acme.vm"):
        assert environments.folder(venv, (name,)) == inside
        assert environments.folder(build, (name,)) == build
    with pytest.raises(SubjectError, match=r"has no acme\.compiler in it"):
        environments.folder(venv, ("acme.compiler",))
    checkout.mkdir(parents=True)
    for name in ("setup.py", "pyproject.toml"):
        (checkout / name).touch()
    with pytest.raises(SubjectError, match="has no acme in it; name the folder"):
        environments.folder(checkout.parent, ("acme",))  # a checkout of that name is no package


def test_an_environment_of_another_python_or_without_the_package_is_told(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").touch()
    with pytest.raises(SubjectError, match="an environment of another Python"):
        environments.folder(tmp_path, ("tvm_ffi",))
    installed(tmp_path / "lib" / PYTHON / "site-packages", "other", "1")
    with pytest.raises(SubjectError, match="install it there"):
        environments.folder(tmp_path, ("tvm_ffi",))
