"""Holds a result against waivers and baseline, and comes to the exit code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from conformance.gate import baseline as baselines
from conformance.gate import required
from conformance.gate import waivers as waiving
from conformance.gate.baseline import Known
from conformance.gate.files import GateError
from conformance.gate.waivers import Waiver
from conformance.gate.witness import Tried
from conformance.model.case import Case
from conformance.model.documents import read_text
from conformance.model.errors import CONFORMING, INTERNAL_ERROR, INTERRUPTED, NONCONFORMING, NOTHING_RAN, USAGE_ERROR
from conformance.model.mark import mark_of_key


@dataclass(frozen=True)
class Gate:
    """What excuses findings in a run: entries with the file that they stand in, and a baseline.

    `shipped` are the entries that come with the subject, `shipped_file` is how their file is called. With `report_only`
    what does not conform is told and fails nothing. `tried` are the witnesses of entries that were made again,
    and `require` the requirement sets that must be met.
    """

    waivers: tuple[Waiver, ...] = ()
    waiver_file: str = ""
    known: Known = frozenset()
    baseline_file: str = ""
    today: date = date.min
    shipped: tuple[Waiver, ...] = ()
    shipped_file: str = ""
    report_only: bool = False
    tried: tuple[Tried, ...] = ()
    require: tuple[str, ...] = ()
    _answers: dict[tuple[str, str, str, str, str], tuple[str | None, str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @staticmethod
    def load(
        waivers: Path | None,
        baseline: Path | None,
        today: date,
        *,
        report_only: bool = False,
        require: tuple[str, ...] = (),
    ) -> Gate:
        """Read the files of a run; without a waiver file named, the default one if it is there. Raises GateError."""
        if waivers is None and waiving.DEFAULT_FILE.is_file():
            waivers = waiving.DEFAULT_FILE
        elif waivers == waiving.NONE:
            waivers = None
        return Gate(
            waiving.load(waivers) if waivers else (),
            str(waivers or ""),
            baselines.load(baseline) if baseline else frozenset(),
            str(baseline or ""),
            today,
            report_only=report_only,
            require=require,
        )

    def with_shipped(self, file: Path | None) -> Gate:
        """The gate with the waiver file that ships with the subject, if it has one. Raises GateError."""
        if file is None:
            return self
        return self.with_shipped_text(file.name, read_text(file, GateError, "install the subject again"))

    def with_shipped_text(self, name: str, text: str) -> Gate:
        """The gate with the text of a waiver file that ships with the subject. Raises GateError."""
        shipped = waiving.parse(text, Path(name))
        return replace(self, shipped=shipped, shipped_file=f"{name}, which ships with the subject")

    @property
    def digests(self) -> dict[str, str]:
        """A digest of each file that the user named, "" where there is none; shards are given the same ones."""
        named = {"waivers": self.waiver_file, "baseline": self.baseline_file}
        return {
            name: hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16] if file else ""
            for name, file in named.items()
        }

    def witnesses(self, version: str) -> tuple[Case, ...]:
        """The witnesses of the entries that hold today for this version of the subject."""
        entries = [waiver for waiver in (*self.waivers, *self.shipped) if waiver.holds(version, self.today)]
        return tuple(waiver.witness for waiver in entries if waiver.witness is not None)

    def excuses(self, key: str, verdict: str, version: str, *, check: str = "", mode: str = "") -> str | None:
        """By what a nonconforming case is excused, index and values of its key included, or None.

        It is worked out once for each key and verdict, so a search may ask for every case. A baseline knows findings
        apart by their check and the mode of their case, too; where these are empty, they are taken for the known ones.
        """
        asked = key, verdict, version, check, mode
        if asked not in self._answers:
            self._answers[asked] = self._excuse(*asked)
        return self._answers[asked][0]

    def _excuse(self, key: str, verdict: str, version: str, check: str, mode: str) -> tuple[str | None, str]:
        remark = ""
        for file, entries in ((self.waiver_file, self.waivers), (self.shipped_file, self.shipped)):
            good, almost = waiving.excuse(entries, key, verdict, version, self.today)
            if good:
                return f"{file}, waiver {good.place}: {good.reason}", ""
            if almost and not remark:
                limit = almost.limits or f"expired {almost.expires}"
                remark = f"{file}, waiver {almost.place} does not apply ({limit})"
        if baselines.is_known(self.known, mark_of_key(check, key, verdict, mode)):
            return f"the baseline {self.baseline_file}", ""
        return None, remark

    def excuse(self, finding: Mapping[str, Any], version: str) -> tuple[str | None, str]:
        """By what a finding is excused, or None; and a remark when an entry is meant for it but does not apply.

        A finding with several marks is excused only when each of them is.
        """
        answers = []
        for key, mark in baselines.marks_of(finding):
            self.excuses(key, mark.verdict, version, check=mark.check, mode=mark.mode)
            answers.append(self._answers[key, mark.verdict, version, mark.check, mark.mode])
        reasons = [by for by, _ in answers if by is not None]
        if len(reasons) == len(answers):
            return "; ".join(dict.fromkeys(reasons)), ""
        return None, next((remark for _, remark in answers if remark), "")

    def problems(self, result: Mapping[str, Any]) -> list[str]:
        """What is wrong with the entries themselves, a sentence each."""
        return [
            *waiving.problems(self.waivers, result, self.today, self.waiver_file, tried=self.tried),
            *waiving.problems(
                self.shipped, result, self.today, self.shipped_file, waiving.SHIPPED_HINT, tried=self.tried
            ),
        ]


def apply(result: Mapping[str, Any], gate: Gate) -> dict[str, Any]:
    """The result after the gate: `waived_by` of findings, checks wholly waived, what is wrong with entries.

    A shard is not all that was run, so no entry is stale by it and it meets no requirement.
    """
    whole = "shard" not in result
    version = str(result["subject"]["version"])
    findings = []
    for finding in result["findings"]:
        by, remark = gate.excuse(finding, version)
        detail = [*finding.get("detail", []), *([remark] if remark else [])]
        findings.append({**finding, "waived_by": by, "detail": detail})
    checks = [_waived(check, [f for f in findings if f["check"] == check["id"]]) for check in result["checks"]]
    return {
        **result,
        "checks": checks,
        "findings": findings,
        "requirements": required.held({**result, "checks": checks}, gate.require if whole else ()),
        "gate": {
            "waivers": gate.waiver_file or None,
            "shipped": gate.shipped_file or None,
            "baseline": gate.baseline_file or None,
            "report_only": gate.report_only,
            "witnesses": [tried.to_json() for tried in gate.tried],
            "problems": gate.problems(result) if whole else [],
        },
    }


def _waived(check: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A check, and what became of it on each pair, after the gate."""
    pairs = [
        _excused(row, [finding for finding in findings if row["pair"] in ([], list(finding["pair"]))])
        for row in check["pairs"]
    ]
    return {**_excused(check, findings), "pairs": pairs}


def _excused(row: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if row["status"] == "fail" and findings and all(finding["waived_by"] for finding in findings):
        why = f"{len(findings)} known finding{'' if len(findings) == 1 else 's'}"
        return {**row, "status": "waived", "why": why}
    return dict(row)


def is_nonconforming(result: Mapping[str, Any]) -> bool:
    """Whether a check failed, an entry of a waiver file is wrong, or a requirement is not met: exit code 1."""
    failed = any(check["status"] == "fail" for check in result["checks"])
    return failed or bool(result["gate"]["problems"]) or bool(required.unmet(result))


def exit_code(
    result: Mapping[str, Any], *, errors: Sequence[str] = (), mendable: bool = False, interrupted: bool = False
) -> int:
    """The exit code of a result: an error before an interruption before what was found.

    An error is the suite's own, or with `mendable` one that is the user's to mend: of the code by which the subject is
    reached, or of a full disk. Whatever a shard has found, `merge` judges it.
    """
    statuses = {check["status"] for check in result["checks"]}
    if errors:
        return USAGE_ERROR if mendable else INTERNAL_ERROR
    if interrupted:
        return INTERRUPTED
    if "shard" in result:
        return CONFORMING if result["complete"] else INTERRUPTED
    if is_nonconforming(result):
        return CONFORMING if result["gate"]["report_only"] else NONCONFORMING
    if not statuses & {"pass", "waived"}:
        return NOTHING_RAN
    return CONFORMING
