"""The options of a run, declared once: plain data of the ways in and the reports."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from conformance.model.option import Option, choice, options_of, row, whole

PROFILES: tuple[str, ...] = ("quick", "ci", "nightly")
"""The profiles of a run, from the smallest."""

REQUIREMENT_SETS: tuple[str, ...] = ("packed/1", "unpacked/1", "tensor/1")
"""The versioned lists of checks that must have run and passed."""

CONFIG_FILE = Path("abi-conformance.toml")
"""The file of options that `run` reads in the current folder."""

OF_VERSIONS = ("SKEW", "X0-LAYOUT")
"""The checks by which a build is held against a release, where none is named."""

ON_REQUEST = ("DIRECT-PAIR",)
"""The checks that run only where they are asked for."""

NO_CONFIG = "none"
"""What stands for no file of options."""

REPORT_DIR = Path(".abi-conformance")
"""Where a run leaves its reports unless it is told."""

RESULT_FILE = "result.json"
"""What the result is called there."""


def pair(text: str) -> tuple[str, str]:
    """`gcc/tcc`, and `/opt/cc>gcc:-O3` where a spec itself has a slash. Raises ValueError."""
    mark = ">" if ">" in text else "/"
    parts = [part.strip() for part in text.split(mark)]
    if len(parts) != 2 or not all(parts):
        raise ValueError("this is no pair; write CALLER/CALLEE, or 'CALLER>CALLEE' where one is a path")
    return parts[0], parts[1]


def report(text: str) -> tuple[str, Path]:
    """`NAME=PATH`: which report is written where. Raises ValueError."""
    name, _, path = text.partition("=")
    if not name.strip() or not path.strip():
        raise ValueError("this names no report and its file; write NAME=PATH")
    return name.strip(), Path(path)


def duration(text: str) -> float:
    """Seconds: `90s`, `5m`, `2h`. Raises ValueError."""
    number, unit = text[:-1], text[-1]
    if not (number.isascii() and number.isdecimal() and 0 < len(number) < 7 and int(number)) or unit not in "smh":
        raise ValueError("this is no time; write it like 90s, 5m or 2h")
    return float(int(number) * {"s": 1, "m": 60, "h": 3600}[unit])


MOST_SHARDS = 999
"""As many parts as a run can be cut into."""


def shard(text: str) -> tuple[int, int]:
    """`2/5`: which part of how many. Raises ValueError."""
    number, mark, count = text.partition("/")
    if not (mark and all(part.isascii() and part.isdecimal() and len(part) < 7 for part in (number, count))):
        raise ValueError("this is no part of a run; write K/N, such as 2/5 for the second of five")
    if not 1 <= int(number) <= int(count) <= MOST_SHARDS:
        raise ValueError(f"K of K/N goes from 1 to N, and N is at most {MOST_SHARDS}")
    return int(number), int(count)


PROCESSES_PER_CORE = 8
"""The most processes that a run may have: one that waits for a compiler takes no core, but each takes memory."""


def processes(text: str) -> str:
    """A number of processes, or `auto`. Raises ValueError."""
    if text in ("auto", "logical"):
        return text
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("this is no number of processes; give one, or auto")
    cores = os.cpu_count() or 1
    if len(text) > 9 or int(text) > cores * PROCESSES_PER_CORE:
        raise ValueError(f"this machine has {cores} cores; give at most {cores * PROCESSES_PER_CORE}, or auto")
    return text


# fmt: off
@dataclass(frozen=True)
class RunOptions:
    """The options of a run, parsed but not yet resolved: compilers are specs, pairs are pairs of specs.

    A field is a row: its default, then the option's name, metavar and help, and what else is said of it. `seed` None
    means: the profile's own, which is 0 but for `nightly`; the plugin settles it before anything is drawn.
    """

    subject: str = row("reference", Option(
        "subject", "SPEC", "The runtime under test: a name from 'list subjects', NAME==VERSION, NAME@PATH, or a "
        "subject.toml", scope="run"))
    compilers: tuple[str, ...] = row((), Option(
        "compiler", "SPEC", "A compiler: clang-16, g++, tcc, 'gcc:-O3 -m32', dynamic; all are those that are installed",
        repeatable=True, usual="tcc, gcc and clang as far as they are found; of a header in C++ g++ and clang++"))
    pairs: tuple[tuple[str, str], ...] = row((), Option(
        "pair", "CALLER/CALLEE", "Compilers of caller and callee; 'CALLER>CALLEE' where one is a path", pair,
        repeatable=True, usual="all pairs"))
    pairing: str = row("", Option(
        "pairs", "covering|full", "Which of the compilers meet: every two of all, with every level and target, in few "
        "pairs, or all with all", choice("way to pair", ("covering", "full")),
        usual="full; covering with '--compiler all'"))
    stubs: str = row("both", Option(
        "stubs", "generic|compiled|both", "Stubs that read their signatures from a table, stubs that are compiled for "
        "them, or both: then those of a sample are compiled, and both are held against each other",
        choice("form of stubs", ("generic", "compiled", "both"))))
    built: tuple[str, ...] = row((), Option(
        "built", "VERSION", "The version of the subject's headers that the sides are built against, whatever version "
        "runs: each with each where several are named", repeatable=True, usual="the one that runs"))
    caller_built: tuple[str, ...] = row((), Option(
        "caller-built", "VERSION", "The version of the headers that callers are built against", repeatable=True,
        usual="--built"))
    callee_built: tuple[str, ...] = row((), Option(
        "callee-built", "VERSION", "The version of the headers that callees are built against", repeatable=True,
        usual="--built"))
    against_built: str = row("", Option(
        "against-built", "VERSION", "The last release: whether what is built against its headers still works on what "
        "runs, by SKEW and X0-LAYOUT where no --check is named"))
    both: bool = row(False, Option(
        "both", "", "With --against-built also the other way: what is built against the headers of what runs, on the "
        "last release"))
    checks: tuple[str, ...] = row((), Option(
        "check", "ID", "A check, or a glob over their ids", repeatable=True,
        usual="all but DIRECT-PAIR; with --against-built SKEW and X0-LAYOUT"))
    profile: str = row("quick", Option(
        "profile", "|".join(PROFILES), "How much is run; nightly is random and keeps a database",
        choice("profile", PROFILES)))
    max_examples: int | None = row(None, Option(
        "max-examples", "N", "Examples of each property, instead of the profile's", whole(1)))
    seed: int | None = row(None, Option(
        "seed", "N", "Where drawing starts", whole(0), usual="0; random in nightly, which prints it"))
    max_time: float | None = row(None, Option(
        "max-time", "T", "End the run in order after that time (90s, 5m, 2h), with 2 unless something failed; what "
        "was not run is said", duration))
    shrink: bool = row(True, Option("no-shrink", "", "Report findings as they were drawn"))
    waivers: Path | None = row(None, Option(
        "waivers", "FILE|none", "Known findings with reasons, or none at all, not even those that ship with the "
        "subject", Path, usual="abi-waivers.toml if there"))
    baseline: Path | None = row(None, Option(
        "baseline", "FILE", "An earlier result: only what it does not have fails the run", Path, scope="run"))
    require: tuple[str, ...] = row((), Option(
        "require", "|".join(REQUIREMENT_SETS), "Fail unless all checks of a set have run, on enough cases, and passed",
        choice("requirement set", REQUIREMENT_SETS), repeatable=True, scope="run"))
    report_only: bool = row(False, Option(
        "report-only", "", "Tell everything, and end with 0 where findings or entries of waivers would end with 1",
        scope="run"))
    shard: tuple[int, int] | None = row(None, Option(
        "shard", "K/N", "Run the K-th of N parts; 'abi-conformance merge' makes one result of all of them, which "
        "excuses and judges", shard, scope="run"))
    max_failures: int | None = row(None, Option(
        "max-failures", "N", "Stop after N failing checks", whole(1), scope="run"))
    report_dir: Path = row(REPORT_DIR, Option(
        "report-dir", "DIR", "Where result.json and a folder for each finding go", Path, scope="report"))
    json: Path | None = row(None, Option("json", "PATH", "Write the result there too", Path, scope="report"))
    html: Path | None = row(None, Option("html", "PATH", "Write the result as one HTML page", Path, scope="report"))
    junit: Path | None = row(None, Option(
        "junit", "PATH", "Write the result as JUnit XML, a test case a check and pair", Path, scope="report"))
    sarif: Path | None = row(None, Option(
        "sarif", "PATH", "Write the result as SARIF 2.1.0", Path, scope="report"))
    code_quality: Path | None = row(None, Option(
        "code-quality", "PATH", "Write the result as GitLab's code quality JSON", Path, scope="report"))
    markdown: Path | None = row(None, Option(
        "markdown", "PATH", "Write the result as Markdown", Path, scope="report"))
    anchor: Path | None = row(None, Option(
        "anchor", "PATH", "The file that findings are shown at where the repository has neither the subject's binding "
        "nor its manifest nor a waiver file", Path, scope="report"))
    reports: tuple[tuple[str, Path], ...] = row((), Option(
        "report", "NAME=PATH", "Write the result as another report of 'list reports'", report, repeatable=True,
        scope="report"))
    github: bool = row(False, Option(
        "github", "", "Speak to GitHub Actions: errors beside the code, sections that fold, a summary of the step; "
        "runs do so anyway where GITHUB_ACTIONS is true", scope="report"))
    quiet: bool = row(False, Option(
        "quiet", "", "Only checks that failed or did not run, findings and the verdict", scope="report", short="-q"))

    def wants(self, check: str) -> bool:
        """Whether a check is selected.

        Without `checks` all are but those that run only where they are asked for; with `against_built` those of
        versions.
        """
        if not self.checks:
            return check in OF_VERSIONS if self.against_built else check not in ON_REQUEST
        return any(fnmatchcase(check, pattern) for pattern in self.checks)


OPTIONS = (
    *options_of(RunOptions),
    Option("workers", "N|auto", "Run in N processes at a time", processes, word="-n", pytest="--numprocesses"),
    Option("config", "FILE|none", "A file of options, which this command line overrides, or none", scope="run",
           usual="abi-conformance.toml, or [tool.abi-conformance] of pyproject.toml, if there",
           only_run="is a file that 'abi-conformance run' alone reads; pytest has addopts in its own"),
    Option("against", "SPEC", "Another version of the subject, run first; then what changed is told", scope="run",
           only_run="takes two runs, and pytest makes one; use 'abi-conformance run --against', or compare two results "
           "with 'abi-conformance diff'"),
)
"""All options of `run`, in the order of its help: also those that are pytest's own, or about two runs."""
# fmt: on
