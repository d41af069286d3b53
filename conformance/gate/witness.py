"""Witnesses: cases that entries of a waiver file hold, made again in each run to see whether a gap is still there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.findings.record import FindingError
from conformance.findings.validate import case_of
from conformance.gate.files import GateError
from conformance.model.case import Case

if TYPE_CHECKING:
    from conformance.engine.session import Session


@dataclass(frozen=True)
class Tried:
    """A witness that was made again: the id of its case, and what it came to, with the key that it then has."""

    id: str
    key: str
    verdict: str
    conforms: bool

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self)


def read(text: str, path: Path, place: int) -> Case:
    """The witness of the entry at a place of a waiver file. Raises GateError with file, entry, key and hint."""
    where = f"waiver {place}: witness"
    try:
        return case_of(json.loads(text), path, where)
    except ValueError:
        raise GateError(f"{path}: {where} is no JSON; give it the text of a finding's case.json") from None
    except FindingError as error:
        raise GateError(str(error)) from None


def of_finding(finding: Mapping[str, Any], key: str, verdict: str) -> Case | None:
    """The case of a finding as a witness of the mark with this key and verdict.

    None where it is another mark's, or cannot be made as it is written.
    """
    if (key, verdict) != (finding["key"], finding["verdict"]):
        return None
    try:
        return replace(case_of(finding.get("case"), Path(), ""), expectation=None)
    except FindingError:
        return None


def of_result(result: Mapping[str, Any]) -> tuple[Tried, ...]:
    """The witnesses that the run of a result made again."""
    return tuple(Tried(**row) for row in result.get("gate", {}).get("witnesses", ()))


def tried(cases: Iterable[Case], session: Session) -> tuple[Tried, ...]:
    """Makes each case again whose pair is in the run, and that its subject and compilers can make."""
    from conformance.engine.carrier import AdapterFault, HarnessError, NotBuilt

    found = {}
    for case in cases:
        sides = {(case.caller, case.callee), *([case.against] if case.against else [])}
        if case.id in found or not sides <= set(session.transport.pairs) or session.transport.misfit(case):
            continue
        try:
            judgement = session.judge(case)
        except (AdapterFault, HarnessError, NotBuilt):  # which the checks meet too, and tell
            continue
        if judgement is not None:
            key = case.key if judgement.conforms else case.failed_key(judgement.place)
            found[case.id] = Tried(case.id, key, judgement.verdict, judgement.conforms)
    return tuple(found.values())
