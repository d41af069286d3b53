"""`abi-conformance run --against`: another version first, in a process of its own, then this one, then what changed."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from conformance import itself
from conformance.cli import diff
from conformance.cli.options import command_line
from conformance.gate.files import read_result
from conformance.model.options import NO_CONFIG, OPTIONS, REPORT_DIR, RunOptions
from conformance.reports.write import prepare_folder
from conformance.subjects.registry import find, split
from conformance.subjects.table import locate

FOLDER = "against"
"""Where in the report folder the other version's reports lie."""


def run(
    other: str, given: Mapping[str, Any], passed: Sequence[str], this: Callable[[Mapping[str, Any], Sequence[str]], int]
) -> int:
    """Run `other`, then `this` subject on the same seed, and print what changed.

    Gives the exit code: 1 if anything got worse, unless it is only to be reported.
    """
    if given["shard"]:
        raise click.UsageError("--against compares whole runs; use 'abi-conformance diff' on what 'merge' made of each")
    subject = given["subject"] or RunOptions.subject
    _same_subject(subject, other)
    for spec in (subject, other):
        find(spec)  # what is wrong with either is said before anything runs
    report_dir = Path(given["report_dir"] or REPORT_DIR)
    prepare_folder(RunOptions(report_dir=report_dir))
    seed = given["seed"] or (str(secrets.randbits(32)) if given["profile"] == "nightly" else "0")
    both = {**given, "seed": seed}
    click.echo(f"{other} first, then {subject}")
    code = _other(other, both, passed, report_dir / FOLDER)
    if code in (0, 1):
        code = this(both, passed)
    if code not in (0, 1):
        return code
    click.echo(f"\n{other} → {subject}")
    worse = diff.tell(read_result(report_dir / FOLDER / "result.json"), read_result(report_dir / "result.json"))
    return code or (0 if given["report_only"] else worse)


def _same_subject(subject: str, other: str) -> None:
    """Manifests are compared as one likes; of what has a name, versions are."""
    names = [split(spec)[0] for spec in (subject, other) if not Path(spec).exists() and not locate(Path(spec))]
    if len(set(names)) > 1:
        raise click.UsageError(f"--against {other} is another subject; name a version of {names[0]}")


def _other(spec: str, given: Mapping[str, Any], passed: Sequence[str], report_dir: Path) -> int:
    """The exit code of a run of the other version; of what it prints, only the last line is shown."""
    both = {option.key for option in OPTIONS if option.scope == "both"}
    shared = command_line({key: value for key, value in given.items() if key in both})
    # What a file of options holds for both is among what is given.
    fixed = ("--subject", spec, "--report-dir", str(report_dir), "--config", NO_CONFIG)
    ended = subprocess.run(
        itself.command("run", *fixed, *shared, "--", *passed),
        env=itself.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    said = ended.stdout.strip()
    if said:
        click.echo(said.rpartition("\n")[2] if ended.returncode in (0, 1) else said)
    return ended.returncode
