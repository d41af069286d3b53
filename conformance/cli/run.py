"""`abi-conformance run`: starts pytest on the suite, in this process, with nothing of the current folder's pytest."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

import conformance
from conformance.cli import configuration
from conformance.cli.options import pytest_arguments, with_options
from conformance.machine import look
from conformance.model.errors import NONCONFORMING
from conformance.model.option import read
from conformance.model.options import OPTIONS
from conformance.signals import end_in_order

# With one of these behind `--`, whoever asks wants to see pytest itself.
_PYTEST_OUTPUT = ("-v", "-s", "-h", "--co", "--collect-only", "--fixtures", "--help", "--pdb", "--trace", "--verbose")

_TOO_MANY_WARNINGS = 6
"""The one exit code of pytest that is none of a command, after --max-warnings."""


class _Run(click.Command):
    """A command that leaves what follows `--` to pytest."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            cut = args.index("--")
            ctx.meta["pytest"] = args[cut + 1 :]
            args = args[:cut]
        return super().parse_args(ctx, args)


@click.command(cls=_Run, name="run", epilog="What follows -- goes to pytest.")
@with_options(*OPTIONS)
@click.argument("stray", nargs=-1, metavar="[-- PYTEST_ARGS]...")
@click.pass_context
def command(ctx: click.Context, /, stray: tuple[str, ...], **given: Any) -> int:
    """Run the suite against a subject, print the summary, write the reports."""
    if stray:
        raise click.UsageError(f"run takes no argument {stray[0]!r}; --subject names a subject, pytest's go behind --")
    look()
    read(OPTIONS, given)  # what is wrong is said before pytest is started, in the words that were typed
    file = configuration.load(given.pop("config"))
    typed = {key: value for key, value in given.items() if value not in (None, False, ())}
    given = {**given, **file.given, **typed}
    origins = {key: file.path for key in file.given if key not in typed}
    other, passed = given.pop("against"), ctx.meta.get("pytest", [])
    if other is None:
        return _run(given, passed, origins)
    from conformance.cli import against

    ctx.call_on_close(end_in_order())
    return against.run(other, given, passed, lambda both, more: _run(both, more, origins))


def _run(given: Mapping[str, Any], passed: Sequence[str], origins: Mapping[str, str]) -> int:
    import pytest

    own = not any(arg.startswith(_PYTEST_OUTPUT) for arg in passed)
    with _environment(), _silenced() if own else contextlib.nullcontext():
        code = int(pytest.main([*arguments(given, own=own, origins=origins), *passed]))
    return NONCONFORMING if code == _TOO_MANY_WARNINGS else code


def without_output(given: Mapping[str, Any]) -> int:
    """Run the suite with nothing shown: what came of it is in its reports. Gives the exit code."""
    import pytest

    with _environment(), _silenced():
        return int(pytest.main(arguments(given, own=False)))


def arguments(given: Mapping[str, Any], *, own: bool, origins: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """The arguments of pytest for what was given; `origins` says of keys that were not typed in which file they are."""
    package = Path(conformance.__file__).parent
    args = [str(package / "suite"), "-c", str(package / "cli" / "pytest.ini"), f"--rootdir={package}"]
    # No test here asserts by itself, so pytest need not rewrite what it imports, Hypothesis included.
    args += ["-p", _plugin_name(), "-p", "no:cacheprovider", "-p", "no:randomly", "--assert=plain"]
    args += ["-p", "no:unraisableexception"]  # which collects all garbage several times, for words that nobody sees
    if own:
        args.append("--abi-own-output")
    if origins:
        args.append(f"--abi-origins={json.dumps(dict(origins))}")
    return args + pytest_arguments(given)


def _plugin_name() -> str:
    """How pytest finds the plugin: by its entry point where the package is installed, else by its module."""
    installed = metadata.entry_points(group="pytest11", name="abi_conformance")
    return "abi_conformance" if installed else "conformance.plugin"


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """Hypothesis keeps tables of its own; they go beside the compiled objects, not into the current folder."""
    from conformance.toolchain.cache import default_root

    name = "HYPOTHESIS_STORAGE_DIRECTORY"
    before = os.environ.get(name)
    os.environ.setdefault(name, str(default_root() / "hypothesis"))
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """The words of pytest go nowhere: the plugin speaks, through a descriptor of its own."""
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield
