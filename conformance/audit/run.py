"""Runs an audit: loads what is audited, makes the calls, judges them, and sees what a control does of the same kind."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.audit.judge import FINDINGS, judge
from conformance.audit.plan import AuditCall, planned
from conformance.audit.process import AuditProcess
from conformance.audit.result import AuditedCall, AuditResult
from conformance.model.observation import MOST_HANGS
from conformance.subjects import registry
from conformance.subjects.audited import AuditedFunction, AuditError
from conformance.transport.process.messages import Hung

LIBRARIES = {"tvm-ffi": "conformance.subjects.tvm_ffi.audited:TvmFfiLibrary"}
"""The class that loads a library for a subject, by the subject's name."""

HANG_MS = 3000
"""Milliseconds that a call may take."""


def audit(what: str, subject: str, *, matched: bool, probe: bool) -> AuditResult:
    """Audits a library or module on a runtime. Raises AuditError, SubjectError.

    `matched` and `probe` add calls that run bodies: matched ones, and those of functions without a schema.
    """
    name, *_ = registry.split(subject)
    if name not in LIBRARIES:
        raise AuditError(f"audit knows libraries of {' and '.join(LIBRARIES)}, not of '{name}'; name --subject tvm-ffi")
    began = time.monotonic()
    with AuditProcess(LIBRARIES[name], registry.find(subject), what) as process:
        auditor = _Auditor(process, matched, probe)
        calls: list[AuditedCall] = []
        for place, function in enumerate(process.info.functions):
            if not function.control:
                calls += auditor.judged(place)
        return AuditResult(
            what=what,
            subject=name,
            version=process.info.version,
            functions=tuple(function for function in process.info.functions if not function.control),
            calls=tuple(calls),
            seconds=time.monotonic() - began,
            notes=process.info.notes,
        )


class _Auditor:
    """Makes the calls of functions, and those of the controls once each."""

    def __init__(self, process: AuditProcess, matched: bool, probe: bool) -> None:
        self._process = process
        self._matched, self._probe = matched, probe
        self._controls: dict[int, dict[tuple[str, str], str]] = {}

    def judged(self, place: int) -> Iterator[AuditedCall]:
        """The calls of a function."""
        for call in self._made(place):
            if call.verdict in FINDINGS:
                yield replace(call, control=self._control(call))
            else:
                yield call

    def _made(self, place: int) -> list[AuditedCall]:
        """The calls of a function, judged."""
        info = self._process.info
        plan = tuple(planned(info.functions[place], info, matched=self._matched, probe=self._probe))
        wrong = [each for each in plan if each.is_wrong]
        asked_for = [each for each in plan if not each.is_wrong]
        return self._judged(place, wrong, shared=True) + self._judged(place, asked_for, shared=False)

    def _judged(self, place: int, plan: Sequence[AuditCall], shared: bool) -> list[AuditedCall]:
        """Calls of a function that are made and judged.

        One that is rejected as it has to be has run nothing, so the next is made in the same child, which saves a fork
        where children are `shared`. Any other is the last of its child: there may be no saying what it left behind.
        """
        info = self._process.info
        function = info.functions[place]
        judged: list[AuditedCall] = []
        hangs = 0
        while len(judged) < len(plan):
            rest = plan[len(judged) :]
            if hangs == MOST_HANGS:
                why = f"not made, since {hangs} calls before it did not end"
                return judged + [AuditedCall(function, each, "inconclusive", why) for each in rest]
            batch = rest if shared else rest[:1]
            responses = self._process.run([(place, each.call) for each in batch], HANG_MS)
            for each, response in zip(batch, responses, strict=True):
                judged.append(AuditedCall(function, each, *judge(each, response, info.guard_signal)))
                hangs += isinstance(response, Hung)
                if judged[-1].verdict != "detected":
                    break
        return judged

    def _control(self, call: AuditedCall) -> str:
        """The name of a function of the runtime that does as a call did, "" where there is none.

        Where none has an argument of the same type, what one of another type does of the same value is what the runtime
        does of it: releases die of values that they have no name for, whatever was declared.
        """
        if not call.planned.is_wrong:
            return ""
        functions = self._process.info.functions
        controls = [place for place, function in enumerate(functions) if function.control]
        for place in sorted(controls, key=lambda place: not _same_type(functions[place], call.planned)):
            verdict = self._verdicts(place).get((call.planned.mismatch, _to_one_argument(call.planned)))
            if verdict is not None:
                return functions[place].name if verdict == call.verdict else ""
        return ""

    def _verdicts(self, place: int) -> dict[tuple[str, str], str]:
        """What comes of the wrong calls of a control, by what is wrong and what is passed."""
        if place not in self._controls:
            calls = self._made(place)
            self._controls[place] = {(call.planned.mismatch, call.planned.passed): call.verdict for call in calls}
        return self._controls[place]


def _same_type(control: AuditedFunction, planned: AuditCall) -> bool:
    return control.parameters is not None and control.parameters[0].type == planned.declared


def _to_one_argument(planned: AuditCall) -> str:
    """What a function of one argument is passed, where it is called as wrongly."""
    return {"few": "0", "many": "2"}.get(planned.mismatch, planned.passed)
