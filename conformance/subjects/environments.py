"""An environment of its own for one release of a runtime: a folder in the cache, made by pip, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from conformance.subjects.errors import SubjectError
from conformance.subjects.whole_folder import whole_folder
from conformance.toolchain.cache import default_root

TIMEOUT = 1800.0
"""Seconds that pip may take; what has to be fetched can be several hundred megabytes."""

RELEASES = "releases"
"""The folder of the cache in which releases have links by distribution and version."""

_NAMED = 5
_OFFLINE = re.compile("connection broken|ConnectionError|ConnectTimeout|ProxyError|SSLError|resolution", re.IGNORECASE)
_CHECKOUT = (".git", "pyproject.toml", "setup.py", "CMakeLists.txt")
_TAKEN_AWAY = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN")


def release(distribution: str, version: str, *, alone: bool = False) -> Path:
    """The folder with a release of a distribution and what that needs, installed if need be. Raises SubjectError.

    With `alone` nothing that it needs is installed: all of that is here already.
    """
    return _environment(f"{distribution}-{version}", f"{distribution}=={version}", alone)


def named(folder: Path, distribution: str, version: str) -> Path:
    """A folder with a release, which reproducers then find by its name as well (`RELEASES`); it may be read only."""
    link = default_root() / RELEASES / f"{distribution}-{version}"
    with contextlib.suppress(OSError):
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink() or link.readlink() != folder:
            beside = link.with_name(f".{link.name}.{os.getpid()}")
            beside.symlink_to(folder)
            beside.replace(link)
    return folder


def wheel(path: Path, distributions: Sequence[str], *, alone: bool = False) -> tuple[Path, str]:
    """The folder with what a wheel holds and needs, and its version. Raises SubjectError."""
    try:
        name, version, _, _ = parse_wheel_filename(path.name)
    except InvalidWheelFilename:
        raise SubjectError(
            f"{path} is no wheel; name one, a folder with the package in it, or an environment"
        ) from None
    if name not in map(canonicalize_name, distributions):
        raise SubjectError(f"{path} is a wheel of {name}; name one of {' or '.join(distributions)}")
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError as error:
        raise SubjectError(f"{path} cannot be read ({error.strerror}); name a wheel that is there") from error
    return _environment(f"{name}-{version}-{digest}", str(path), alone), str(version)


def folder(path: Path, packages: Sequence[str]) -> Path:
    """The folder from which the packages of a build, or of a virtual environment, are imported. Raises SubjectError."""
    if (path / "pyvenv.cfg").is_file():
        python = f"python{sys.version_info.major}.{sys.version_info.minor}"
        inside = path / "lib" / python / "site-packages"
        if not inside.is_dir():
            raise SubjectError(f"{path} is an environment of another Python; make it with {python}, as this one is")
        if not _holds(inside, packages) and not _is_namespace(inside, packages):
            raise SubjectError(f"{path} has no {' or '.join(packages)} in it; install it there")
        return inside
    if _holds(path, packages):
        return path
    near = next((place for place in (path / "python", path / "src", path.parent) if _holds(place, packages)), None)
    if near is None and _is_namespace(path, packages):
        return path
    hint = f"did you mean {near}?" if near else "name the folder that holds the package"
    raise SubjectError(f"{path} has no {' or '.join(packages)} in it; {hint}")


def _holds(place: Path, packages: Sequence[str]) -> bool:
    """Whether a package or module of these names can be imported from there."""
    paths = [place.joinpath(*name.split(".")) for name in packages]
    return any((path / "__init__.py").is_file() or path.with_name(f"{path.name}.py").is_file() for path in paths)


def _is_namespace(place: Path, packages: Sequence[str]) -> bool:
    """Whether a package of these names lies there that has no `__init__.py`; a checkout of that name is none."""
    for name in packages:
        path = place.joinpath(*name.split("."))
        if any((path / mark).exists() for mark in _CHECKOUT):
            continue
        if any(next(path.glob(pattern), None) for pattern in ("*.py", "*.so", "*/__init__.py", "*/*.so")):
            return True
    return False


def _environment(name: str, wanted: str, alone: bool) -> Path:
    """The folder of that name; it is there only once everything is in it."""
    # Wheels with machine code are for one Python, so the cache of several keeps them apart.
    name = f"{name}-{sys.implementation.cache_tag}"
    return whole_folder("subjects", name, wanted, TIMEOUT, lambda folder: _install(wanted, folder, alone))


def _install(wanted: str, target: Path, alone: bool) -> None:
    if importlib.util.find_spec("pip") is None:
        raise SubjectError(f"{wanted} cannot be installed without pip; run: {sys.executable} -m ensurepip")
    if sys.stderr.isatty():
        print(f"installing {wanted}, once …", file=sys.stderr, flush=True)
    # -P: a pip.py in the current folder is not meant.
    argv = [sys.executable, "-P", "-m", "pip", "install", "--target", str(target), "--prefer-binary", "--no-color"]
    argv += ["--progress-bar", "off", "--retries", "2", *(["--no-deps"] if alone else []), wanted]
    environment = {name: value for name, value in os.environ.items() if name not in _TAKEN_AWAY}
    environment |= {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_INPUT": "1"}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        # A file and no pipe: what pip starts may outlive it, and would keep a pipe open.
        process = subprocess.Popen(
            argv, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
        with _ended(process):
            try:
                code = process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                raise SubjectError(f"pip has not installed {wanted} within {TIMEOUT:.0f} s; try again") from None
        if code:
            said.seek(0)
            raise SubjectError(_why(wanted, said.read()))


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever happens, nothing of the process goes on afterwards."""
    try:
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _why(wanted: str, said: str) -> str:
    """What kept pip from it, in one sentence."""
    name, _, version = wanted.partition("==")
    listed = re.search(rf"satisfies the requirement {re.escape(wanted)}\b.*\(from versions: (.*)\)", said)
    releases = _releases(listed[1]) if listed else []
    if releases:
        return f"there is no {name} {version} for this Python; the newest are {', '.join(releases)}"
    if _OFFLINE.search(said):
        return f"pip does not reach a package index, so {wanted} cannot be installed; connect, or name a wheel"
    if listed:
        return f"pip knows no package {name} for this Python; see to its index, or name a wheel"
    errors = re.findall(r"^\s*(?:ERROR|error): (.+)$", said, re.MULTILINE)
    message = errors[0] if errors else said.strip().rpartition("\n")[2]
    return f"pip cannot install {wanted}: {message.strip().rstrip('.')}; mend that, or name another version"


def _releases(text: str) -> list[str]:
    """The newest of the versions that pip names, those that are no candidates before others."""
    found = []
    for word in text.split(","):
        with contextlib.suppress(InvalidVersion):
            found.append(Version(word.strip()))
    return [str(version) for version in sorted(found, key=lambda v: (not v.is_prerelease, v))[-_NAMED:]]
