"""Runs the suite as `abi-conformance run` does, in a process of its own, and reads what it wrote."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from conformance import itself
from conformance.api.result import Result, load
from conformance.cli import configuration
from conformance.cli.options import command_line
from conformance.model.errors import USAGE_ERROR, UserError
from conformance.model.option import Option, read
from conformance.model.options import OPTIONS, REPORT_DIR, RESULT_FILE

_ERROR = "ERROR: "


class RunFailed(Exception):
    """A run that left no result, as one that was killed; the message says how it ended and what it said."""


def run(
    subject: str | Path | None = None,
    *,
    compiler: str | Sequence[str] = (),
    pair: str | Sequence[str | tuple[str, str]] = (),
    pairs: Literal["covering", "full"] | None = None,
    stubs: Literal["generic", "compiled", "both"] | None = None,
    built: str | Sequence[str] = (),
    caller_built: str | Sequence[str] = (),
    callee_built: str | Sequence[str] = (),
    against_built: str | None = None,
    both: bool = False,
    check: str | Sequence[str] = (),
    profile: Literal["quick", "ci", "nightly"] | None = None,
    max_examples: int | None = None,
    seed: int | None = None,
    max_time: str | int | None = None,
    no_shrink: bool = False,
    waivers: str | Path | None = None,
    baseline: str | Path | None = None,
    require: str | Sequence[str] = (),
    report_only: bool = False,
    shard: str | tuple[int, int] | None = None,
    max_failures: int | None = None,
    report_dir: str | Path | None = None,
    json: str | Path | None = None,
    html: str | Path | None = None,
    junit: str | Path | None = None,
    sarif: str | Path | None = None,
    code_quality: str | Path | None = None,
    markdown: str | Path | None = None,
    anchor: str | Path | None = None,
    report: str | Sequence[str | tuple[str, str | Path]] = (),
    workers: int | str | None = None,
    config: str | Path | None = None,
) -> Result:
    """Runs the suite and gives what it came to, findings and all; a nonconforming subject raises nothing.

    The keywords are the options of `abi-conformance run` (options.md), with the same defaults; what is not given is
    taken from the file of options, if one is there. `max_time` is a text such as "5m", or seconds; `shard` is "2/5" or
    (2, 5); `waivers` and `config` may be "none". Relative paths are relative to the current folder.

    The run is a process of its own, so that nothing of a subject is loaded here and a crash is only data. Ctrl-C ends
    it in order, and is raised when it has ended.

    Raises UserError for what the command ends with 4 for, with its sentence, and RunFailed where there is no result.
    """
    given = _texts(dict(locals()))
    read(OPTIONS, given)  # what is wrong is said before anything is started
    named = given.get("config")
    filed = configuration.load(named).given.get("report_dir")
    path = Path(given.get("report_dir") or filed or REPORT_DIR) / RESULT_FILE
    before = _stamp(path)
    code, said = _ended(itself.command("run", *command_line(given)))
    if code == USAGE_ERROR and _ERROR in said:
        raise UserError(said.partition(_ERROR)[2].strip())
    if code < 0 or _stamp(path) in (None, before):
        how = f"was ended by signal {-code}" if code < 0 else f"ended with {code} and left no {path}"
        raise RunFailed(f"the run {how}" + (f": {said.strip()}" if said.strip() else ""))
    result = load(path, code)
    if code == USAGE_ERROR:  # the adapter of the subject broke in the middle of the run
        raise UserError("; ".join(result.errors))
    return result


def _texts(given: dict[str, Any]) -> dict[str, Any]:
    """What was given as the command line takes it: texts by key, a list of them where an option is repeatable."""
    known = {option.key: option for option in OPTIONS}
    found = {key: _typed(known[key], value) for key, value in given.items()}
    return {key: value for key, value in found.items() if value is not None and value != []}


def _typed(option: Option, value: Any) -> Any:
    if value is None or value is False:
        return None
    if not option.metavar:
        return True
    if option.repeatable:
        return [_text(option, each) for each in ([value] if isinstance(value, str) else value)]
    return _text(option, value)


def _text(option: Option, value: Any) -> str:
    """One value as it is typed: of two parts with what stands between them."""
    if isinstance(value, tuple):
        between = {"pair": ">", "shard": "/", "report": "="}[option.key]
        return between.join(map(str, value))
    return f"{value}s" if option.key == "max_time" and isinstance(value, int) else str(value)


def _ended(argv: Sequence[str]) -> tuple[int, str]:
    """The exit code of a command in a process group of its own, and what it said on standard error."""
    process = subprocess.Popen(
        argv,
        env=itself.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        _, said = process.communicate()
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.communicate()
        raise
    return process.returncode, said


def _stamp(path: Path) -> tuple[int, int] | None:
    """What tells a file from the one that lay there before; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
