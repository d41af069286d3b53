"""Runs one recorded case again, on the pair that it names, in a fresh process."""

from __future__ import annotations

from dataclasses import dataclass, replace

from conformance.called_session import CalledSession
from conformance.engine.pairs import PairLab
from conformance.findings.reading import read
from conformance.findings.stored import StoredFinding
from conformance.model.case import Case
from conformance.model.kinds import KINDS, NONE
from conformance.model.options import RunOptions
from conformance.oracle.judge import Judgement
from conformance.prepare import AnySession, is_called, prepare
from conformance.session import UsageProblem


@dataclass(frozen=True)
class ReplayResult:
    """What a recorded case came to now; `recorded` is the verdict that it had, "" where only the case was kept."""

    case: Case
    recorded: str
    verdict: str
    conforms: bool
    required: str
    observed: str
    detail: tuple[str, ...] = ()


def replay(target: str, options: RunOptions) -> ReplayResult:
    """Runs the case of an id or a path again; `options.subject` "" is the recorded subject.

    Raises FindingError for a target that cannot be read, UsageProblem for a subject or compiler that cannot be had.
    """
    stored = read(target, options.report_dir)
    case = stored.case
    session = _session(replace(options, subject=options.subject or stored.subject, checks=()), stored)
    try:
        why = misfit(session, case)
        if why:
            raise UsageProblem(f"{case.key}: {why}; name the subject that it was found in with --subject")
        judgement = _judge(session, case)
    finally:
        session.close()
    if judgement is None:
        raise UsageProblem(f"{case.key}: the compilers do not build this case any more")
    detail = tuple(f"before: {one.key}" for one in case.history)
    return ReplayResult(
        case,
        stored.verdict,
        judgement.verdict,
        judgement.conforms,
        judgement.required,
        judgement.observed,
        detail,
    )


def _session(options: RunOptions, stored: StoredFinding) -> AnySession:
    case = stored.case
    if is_called(options.subject):
        spec = stored.specs.get(case.callee) or stored.specs.get(case.caller)
        return prepare(replace(options, compilers=(spec,) if spec else ()))
    ids = [(case.caller, case.callee), *([case.against] if case.against else [])]
    return prepare(replace(options, pairs=tuple((_spec(stored, one), _spec(stored, other)) for one, other in ids)))


def misfit(session: AnySession, case: Case) -> str:
    """Why a case, recorded of another subject perhaps, cannot be one of this session's; "" where it can."""
    known = {*KINDS, NONE, *session.subject.rules.own}
    for one in (*case.history, case):
        for signature in (one.declared, one.passed):
            for kind in (*(param.kind for param in signature.params), signature.ret):
                if kind not in known:
                    return f"the subject's rules have no kind '{kind}'"
    if case.wire.handed is not None and not (isinstance(session, CalledSession) and session.subject.about.takes):
        return "it is about what a caller takes, and this subject has no caller"
    return ""


def _judge(session: AnySession, case: Case) -> Judgement | None:
    if isinstance(session, CalledSession):
        return session.lab(session.variants[0]).judge(case)
    pair = session.pairs[0]
    if case.check == "X0-LAYOUT":
        from conformance.findings.layout import compare_layout

        return next((one for name, one in compare_layout(session, pair) if name == case.mismatch.declared), None)
    if case.against is not None:
        return PairLab(session.libraries, session.executor, pair, against=session.pairs[1]).judge(case)
    return session.lab(pair).judge(case)


def _spec(stored: StoredFinding, compiler_id: str) -> str:
    """The spec of a compiler: the recorded one, else what its id says (`gcc-O3-m32` is gcc with -O3 and -m32)."""
    found = stored.specs.get(compiler_id)
    if found is not None:
        return found
    name, _, flags = compiler_id.partition("-")
    if not flags or name == "dynamic":
        return compiler_id
    return f"{name}:" + " ".join(f"-{flag}" for flag in flags.split("-"))
