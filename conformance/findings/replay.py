"""Runs one recorded case again, on the pair that it names, in a fresh process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from conformance.engine.carrier import UsageProblem
from conformance.engine.session import Session, prepare
from conformance.findings.load import read
from conformance.findings.record import StoredFinding
from conformance.model.case import Case, often
from conformance.model.errors import UserError
from conformance.model.options import RunOptions
from conformance.subjects.registry import find


@dataclass(frozen=True)
class ReplayResult:
    """What a recorded case came to now; `recorded` is the verdict that it had, "" where only the case was kept.

    `evidence` is what a sanitizer said of it, line by line.
    """

    case: Case
    key: str
    recorded: str
    verdict: str
    conforms: bool
    required: str
    observed: str
    detail: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


def replay(target: str, options: RunOptions) -> ReplayResult:
    """Runs the case of an id or a path again; `options.subject` "" is the recorded subject.

    Raises UserError for a target that cannot be read, and for a subject or compiler that cannot be had.
    """
    stored = read(target, options.report_dir)
    case = stored.case
    subject = options.subject or _here(stored.subject)
    asked = replace(options, subject=subject, checks=())
    session = _session(asked, stored)
    if case.runtime and not options.subject and session.subject.version != case.runtime:  # found by `run --both`
        session.close()
        session = _session(replace(asked, against_built=case.runtime, both=True), stored)
    try:
        why = session.transport.misfit(case)
        if why:
            raise UsageProblem(f"{case.key}: {why}; name the subject that it was found in with --subject")
        judgement = session.judge(case)
    finally:
        session.close()
    if judgement is None:
        raise UsageProblem(f"{case.key}: the compilers do not build this case any more")
    detail = tuple(f"before: {earlier.key}{often(earlier)}" for earlier in case.history)
    return ReplayResult(
        case,
        case.key if judgement.conforms else case.failed_key(judgement.place),
        stored.verdict,
        judgement.verdict,
        judgement.conforms,
        judgement.required,
        judgement.observed,
        detail,
        judgement.evidence,
    )


def _here(subject: str) -> str:
    """The recorded subject; the path of a manifest that is not here, as on another machine, by its last parts."""
    parts = Path(subject).parts
    if len(parts) > 1 and not Path(subject).exists():
        below = (Path(*parts[at:]) for at in range(1, len(parts)))
        return next((str(path) for path in below if path.is_file()), subject)
    return subject


def _session(options: RunOptions, stored: StoredFinding) -> Session:
    case = stored.case
    if case.runtime and not options.against_built:
        options = replace(options, caller_built=_chosen(case.caller), callee_built=_chosen(case.callee))
    if not _is_built(options.subject):
        spec = stored.specs.get(case.callee) or stored.specs.get(case.caller)
        return prepare(replace(options, compilers=(spec,) if spec else ()))
    sides = [(case.caller, case.callee), *([case.against] if case.against else [])]
    pairs = tuple((_spec(stored, caller), _spec(stored, callee)) for caller, callee in sides)
    return prepare(replace(options, pairs=pairs))


def _is_built(subject: str) -> bool:
    """Whether a subject is built with compilers, which the case then names; what is wrong with it is said later."""
    try:
        return not find(subject).target
    except UserError:
        return True


def _chosen(side: str) -> tuple[str, ...]:
    """The version of the headers that a side is built against, none of one that knows no headers."""
    return (_built(side),) if "@" in side else ()


def _built(side: str) -> str:
    """The version of the headers that a side's id names."""
    return side.rpartition("@")[2]


def _spec(stored: StoredFinding, side: str) -> str:
    """The spec of a compiler: the recorded one, else what its id says (`gcc-O3-m32` is gcc with -O3 and -m32)."""
    found = stored.specs.get(side)
    if found is not None:
        return found
    compiler_id = side.removesuffix(f"@{_built(side)}") if stored.case.runtime else side
    name, _, flags = compiler_id.partition("-")
    if not flags or name == "dynamic":
        return compiler_id
    return f"{name}:" + " ".join(f"-{flag}" for flag in flags.split("-"))
