"""The words and figures of a summary, worked out once for every format."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.checks import CHECKS
from conformance.gate.decide import is_nonconforming
from conformance.gate.required import unmet
from conformance.model.errors import CONFORMING, NONCONFORMING, NOTHING_RAN, USAGE_ERROR
from conformance.model.options import ON_REQUEST
from conformance.reports.result import ELSEWHERE, NOT_SELECTED, Result

CONVENTIONS = {"packed": "X0 (packed)", "unpacked": "X1 (unpacked)", "direct": "direct"}
"""How a convention is called, in the order of the columns."""

STATUS_WORDS = {"pass": "PASS", "fail": "FAIL", "waived": "WAIVED", "not-applicable": "N/A", "not-run": "NOT RUN"}
"""How a check's status is printed."""

EXIT_WORDS = ("CONFORMING", "NONCONFORMING", "INTERRUPTED", "INTERNAL ERROR", "USAGE ERROR", "NOTHING RAN")
"""The first words of the last line, by exit code."""

FEW = 100
"""Fewer cases of a whole run say little."""

FEW_OF_A_CHECK = 10
"""Fewer cases of a check that passed say little about it."""

MUCH = 0.1
"""The share of cases that says something of a run when it is inconclusive, or was not run."""

_ROWS: dict[str, tuple[str, ...]] = {
    "detected": ("detected",),
    "silent and wrong": ("silent-wrong",),
    "silent and equal": ("silent-equal", "intact"),
    "overran": ("overrun",),
    "crashed": ("crashed", "hung"),
}


@dataclass(frozen=True)
class SideBySide:
    """What became of the mismatches that the rules reject: a column a convention, over the same cases."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    sentence: str


def side_by_side(result: Result) -> SideBySide | None:
    """The headline, or None where nothing of it ran. Verdicts without a row of their own get one when they occur."""
    counts: dict[str, dict[str, int]] = result["counts"]["by_convention"]
    names = [name for name in CONVENTIONS if counts.get(name)]
    if not names:
        return None
    grouped = {verdict for verdicts in _ROWS.values() for verdict in verdicts}
    others = {verdict: (verdict,) for name in names for verdict in counts[name] if verdict not in grouped}
    rows = [
        (title, tuple(sum(counts[name].get(verdict, 0) for verdict in verdicts) for name in names))
        for title, verdicts in (_ROWS | others).items()
    ]
    rows.append(("total", tuple(sum(counts[name].values()) for name in names)))
    return SideBySide(
        tuple(CONVENTIONS[name] for name in names),
        tuple(rows),
        " · ".join(f"{CONVENTIONS[name]}: {_told(counts[name])}" for name in names),
    )


def _told(counts: dict[str, int]) -> str:
    silent = counts.get("silent-wrong", 0)
    told = f"{counts.get('detected', 0):,} of {sum(counts.values()):,} detected"
    return told + (f", {silent:,} silent and wrong" if silent else "")


def header(result: Result) -> list[tuple[str, str]]:
    """The lines above everything: what was run, against what."""
    subject = result["subject"]
    compilers = ", ".join(_compiler(compiler["id"], compiler["version"]) for compiler in result["compilers"])
    if len(result["compilers"]) > MOST_COMPILERS:
        names = dict.fromkeys(compiler.get("name", compiler["id"]) for compiler in result["compilers"])
        compilers = f"{', '.join(names)} with {len(result['compilers'])} sets of flags"
    versions = ", ".join(f"{name} {version}" for name, version in subject.get("versions", {}).items())
    return [
        ("subject", f"{subject['name']} {subject['version']} ({subject['convention']})"),
        *([("versions", versions)] if versions else []),
        ("compilers", f"{compilers or 'none'} · {plural(len(result['pairs']), 'pair')}"),
        ("profile", f"{result['profile']} · seed {result['seed']}"),
        *result.get("notes", {}).items(),
    ]


MOST_COMPILERS = 12
"""Compilers that are listed one by one."""


def _compiler(name: str, version: str) -> str:
    return f"{name} ({version})" if version else name


def volume(result: Result) -> str:
    """How much was run, in one line."""
    counts = result["counts"]
    parts = [
        plural(counts["signatures"], "signature"),
        f"{counts['compiled']:,} compiled",
        f"{counts['executed']:,} of {plural(counts['generated'], 'case')} executed",
        f"{counts['judged']:,} judged",
    ]
    if counts["inconclusive"]:
        parts.append(f"{counts['inconclusive']:,} inconclusive")
    if counts["not_run"]:
        parts.append(f"{counts['not_run']:,} not run")
    return " · ".join(parts)


def release(result: Result) -> str:
    """The release build in one line, or nothing."""
    counts: dict[str, int] = result["release"]
    if not counts:
        return ""
    return (
        f"{counts.get('detected', 0):,} of {sum(counts.values()):,} detected, checks compiled out · {histogram(counts)}"
    )


def blind_spots(result: Result) -> str:
    """What the convention cannot tell, in one line, or nothing."""
    return " · ".join(f"{spot['class']} {spot['cases']:,}" for spot in result["blind_spots"])


def histogram(counts: Mapping[str, int]) -> str:
    """Verdicts with their counts."""
    return " · ".join(f"{verdict} {n:,}" for verdict, n in counts.items())


def requirement(check: str, width: int) -> str:
    """A requirement's first statement, cut at a word to fit."""
    text = CHECKS[check].requirement if check in CHECKS else ""
    first = text.partition(";")[0]
    if len(first) <= width:
        return first
    return first[: max(0, width - 1)].rpartition(" ")[0].rstrip(" ,;(") + " …"


def unasked(check: Mapping[str, Any]) -> bool:
    """Whether a check did not run because nobody asked for it, or asked for it here."""
    return bool(check["status"] == "not-run" and check["why"] in (NOT_SELECTED, ELSEWHERE))


def left_aside(check: Mapping[str, Any]) -> bool:
    """Whether nobody asked for a check that runs only where it is asked for: then there is nothing to say of it."""
    return check["id"] in ON_REQUEST and unasked(check)


def errors_title(result: Result) -> str:
    """What to write above the errors of a run, which are the suite's own or, with exit code 4, the user's to mend."""
    return "errors to mend" if result["exit_code"] == USAGE_ERROR else "internal errors"


def not_run(result: Result) -> list[str]:
    """A line for each check that was asked for and did not run."""
    missing = (row for row in result["checks"] if row["status"] == "not-run" and not unasked(row))
    return [f"not run: {check['id']}, {check['why']}" for check in missing]


def sentence(finding: Mapping[str, Any]) -> str:
    """A finding in one line, for readers that show no more."""
    declared, passed = (finding["signature"][side] for side in ("declared", "passed"))
    return (
        f"{finding['verdict']}: declared {declared}, passed {passed}; required: {finding['required']}; "
        f"observed: {finding['observed']}; see it again: {finding['replay']}"
    )


def doubts(result: Result) -> list[str]:
    """Why a result that is green says little, a phrase each: few cases, or many that came to nothing."""
    counts, passed = result["counts"], [check for check in result["checks"] if check["status"] == "pass"]
    found = []
    if counts["executed"] < FEW:
        found.append(f"only {plural(counts['executed'], 'case')} executed")
    else:
        drawn = [check for check in passed if check["signatures"]]  # a layout has as many entries as it has
        few = [check["id"] for check in drawn if _conclusive(check) < FEW_OF_A_CHECK]
        found += [f"fewer than {FEW_OF_A_CHECK} cases of {', '.join(few)}"] if few else []
    # What the subject's policies forbid is not run either, and says nothing against it.
    cut_off = sum(check.get("cut_off", 0) for check in result["checks"])
    for words, number, total in (("inconclusive", counts["inconclusive"], "judged"), ("not run", cut_off, "generated")):
        if number >= MUCH * max(1, counts[total]):
            found.append(f"{number / counts[total]:.0%} of the cases {words}")
    return found


def _conclusive(check: Mapping[str, Any]) -> int:
    """How many of a check's cases came to something."""
    cases: int = check["cases"] - check["by_verdict"].get("inconclusive", 0)
    return cases


def verdict_line(result: Result) -> tuple[str, str]:
    """The word that a run ends with, and what follows it on the line; the word is that of what was found."""
    code: int = result["exit_code"]
    checks: dict[str, list[str]] = {}
    for check in result["checks"]:
        if not left_aside(check):
            checks.setdefault(check["status"], []).append(check["id"])
    seconds = f"{result['seconds']:.1f} s"
    shard = result.get("shard")
    failed, passed, waived = checks.get("fail", []), checks.get("pass", []), checks.get("waived", [])
    said = [f"shard {shard['number']}/{shard['of']}"] if shard else []
    first = ""
    if code == CONFORMING and not shard and (doubtful := doubts(result)):
        first = f"this says little ({', '.join(doubtful)}); "
    if failed:
        said.append(f"{plural(len(failed), 'check')} failed ({', '.join(failed)})")
    if passed:
        said.append(f"{plural(len(passed), 'check')} passed" if not failed else f"{len(passed)} passed")
    if waived:
        said.append(f"{len(waived)} waived")
    problems = result.get("gate", {}).get("problems", [])
    if problems:
        said.append(f"{plural(len(problems), 'stale or expired waiver')}")
    if lacking := unmet(result):
        said.append(f"{plural(len(lacking), 'requirement')} not met")
    elif sets := [entry["set"] for entry in result.get("requirements", [])]:
        said.append(f"meets {', '.join(sets)}")
    said += [
        f"{len(checks[name])} {name.replace('-', ' ')}" for name in ("not-applicable", "not-run") if name in checks
    ]
    if code == CONFORMING and is_nonconforming(result):
        code = NONCONFORMING
        said.append("which 'merge' judges" if shard else "only reported")
    elif shard and code == CONFORMING and not (passed or waived):  # and it is complete
        code = NOTHING_RAN
        said.append("nothing of it applies" if shard["units"] else "there are fewer units than shards")
    cases = plural(result["counts"]["judged"], "case")
    return EXIT_WORDS[code], f"{first}{', '.join(said)}; {cases} in {seconds}"


def command(result: Result) -> str:
    """What to type to run it again: all options that decide what it comes to, wherever they were given."""
    words = ["abi-conformance", "run"]
    options = {name: option["value"] for name, option in result.get("options", {}).items()}
    for name, value in ({"subject": result["subject"]["name"]} | options | {"seed": str(result["seed"])}).items():
        values = value if isinstance(value, list) else [value]
        words += [word for each in values for word in ([f"--{name}"] if each is True else [f"--{name}", str(each)])]
    return shlex.join(words)


def reproducer_language(result: Result) -> str:
    """What to write before the word reproducer: `C ` for a subject that is built; one that is called has its own."""
    return "" if "versions" in result["subject"] else "C "


def plural(n: int, noun: str) -> str:
    """`1 check`, `2 checks`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
