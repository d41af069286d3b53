"""`abi-conformance run`: starts pytest on the suite, in this process, with nothing of the current folder's pytest."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import click

import conformance
from conformance.model.options import PROFILES

# With one of these behind `--`, whoever asks wants to see pytest itself.
_PYTEST_OUTPUT = ("-v", "-s", "-h", "--co", "--collect-only", "--fixtures", "--help", "--pdb", "--trace", "--verbose")


class _Run(click.Command):
    """A command that leaves what follows `--` to pytest."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            cut = args.index("--")
            ctx.meta["pytest"] = args[cut + 1 :]
            args = args[:cut]
        return super().parse_args(ctx, args)


@click.command(cls=_Run, name="run", epilog="What follows -- goes to pytest.")
@click.option(
    "--subject",
    metavar="SPEC",
    help="The runtime under test: a name from 'list subjects', NAME==VERSION, "
    "NAME@PATH, or a subject.toml.  [default: reference]",
)
@click.option("--compiler", metavar="SPEC", multiple=True, help="gcc, clang-16, tcc, 'gcc:-O3 -m32', … (repeatable).")
@click.option("--pair", metavar="CALLER/CALLEE", multiple=True, help="Compilers of caller and callee (repeatable).")
@click.option("--check", metavar="ID", multiple=True, help="A check, or a glob over their ids (repeatable).")
@click.option("--profile", metavar="|".join(PROFILES), help="How much is run.  [default: quick]")
@click.option("--max-examples", metavar="N", help="Examples of each property, instead of the profile's.")
@click.option("--seed", metavar="N", help="Where drawing starts.  [default: 0; random in nightly]")
@click.option("-n", "workers", metavar="N|auto", help="Run in N processes at a time.")
@click.option("--report-dir", metavar="DIR", help="Where reports and findings go.  [default: .abi-conformance]")
@click.option("--json", metavar="PATH", help="Write the result there too.")
@click.option("--html", metavar="PATH", help="Write the result as one HTML page.")
@click.option("--junit", metavar="PATH", help="Write pytest's JUnit XML, with evidence as properties.")
@click.option(
    "--waivers",
    metavar="FILE|none",
    help="Known findings with reasons, or none at all, not even those that "
    "ship with the subject.  [default: abi-waivers.toml if there]",
)
@click.option("--baseline", metavar="FILE", help="An earlier result: only what it does not have fails the run.")
@click.option("--against", metavar="SPEC", help="Another version of the subject, run first; then what changed is told.")
@click.option("--max-failures", metavar="N", help="Stop after N failing checks.")
@click.option("--no-shrink", is_flag=True, help="Report findings as they were drawn.")
@click.option("--quiet", "-q", is_flag=True, help="Only failing checks, findings and the verdict.")
@click.argument("stray", nargs=-1, metavar="[-- PYTEST_ARGS]...")
@click.pass_context
def command(ctx: click.Context, /, stray: tuple[str, ...], **given: Any) -> int:
    """Run the suite against a subject, print the summary, write the reports."""
    if stray:
        raise click.UsageError(f"run takes no argument {stray[0]!r}; --subject names a subject, pytest's go behind --")
    other, passed = given.pop("against"), ctx.meta.get("pytest", [])
    if other is None:
        return _run(given, passed)
    from conformance.cli import against

    return against.run(other, given, passed, _run)


def _run(given: Mapping[str, Any], passed: Sequence[str]) -> int:
    import pytest

    own = not any(arg.startswith(_PYTEST_OUTPUT) for arg in passed)
    with _environment(), _silenced() if own else contextlib.nullcontext():
        return int(pytest.main([*arguments(given, own=own), *passed]))


def without_output(given: Mapping[str, Any]) -> int:
    """Run the suite with nothing shown: what came of it is in its reports. Gives the exit code."""
    import pytest

    with _environment(), _silenced():
        return int(pytest.main(arguments(given, own=False)))


def arguments(given: Mapping[str, Any], *, own: bool) -> list[str]:
    """The arguments of pytest for what was given on the command line."""
    package = Path(conformance.__file__).parent
    args = [str(package / "suite"), "-c", str(package / "cli" / "pytest.ini"), f"--rootdir={package}"]
    # No test here asserts by itself, so pytest need not rewrite what it imports, Hypothesis included.
    args += ["-p", _plugin_name(), "-p", "no:cacheprovider", "-p", "no:randomly", "--assert=plain"]
    if own:
        args.append("--abi-own-output")
    for name, value in given.items():
        option = "--abi-" + name.replace("_", "-")
        if name == "workers":
            args += ["-n", _workers(value)] if value else []
        elif name == "junit":
            args += [f"--junitxml={value}"] if value else []
        elif isinstance(value, tuple):
            args += [f"{option}={one}" for one in value]
        elif value is True:
            args.append(option)
        elif value:
            args.append(f"{option}={value}")
    return args


def _workers(text: str) -> str:
    if text not in ("auto", "logical") and not text.isdecimal():
        raise click.UsageError(f"-n {text}: this is no number of processes; give one, or auto")
    return text


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
