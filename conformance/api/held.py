"""A subject that is held open: its processes wait, and one case at a time is called and judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from conformance.model.case import Case
from conformance.model.errors import UserError
from conformance.model.options import RunOptions
from conformance.model.options import pair as parsed
from conformance.model.signature import Signature
from conformance.oracle.sendable import forbidden_case
from conformance.rules.load import Rules
from conformance.transport.server_process import Closing

if TYPE_CHECKING:
    from conformance.engine.session import Session


@frozen
class CaseJudgement:
    """What one call came to.

    `verdict` is a word that `abi-conformance explain` knows, `conforms` whether it passes. `expected` and `observed`
    are the lines that a finding shows as required and observed. `key` names the kind of case, and `case` is the call
    with the pair that made it. `evidence` is what a sanitizer said of it, line by line.
    """

    case: Case
    key: str
    verdict: str
    conforms: bool
    expected: str
    observed: str
    evidence: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """The call and what came of it in a few lines, for an assertion."""
        case = self.case
        rows = [
            ("declared", str(case.declared)),
            ("passed", str(case.passed)),
            *((f"argument {at}", str(value)) for at, value in enumerate(case.payload)),
            ("required", self.expected),
            ("observed", self.observed),
        ]
        head = f"{'CONFORMING' if self.conforms else 'NONCONFORMING'}  {self.key}: {self.verdict}"
        return "\n".join([head, *(f"  {label:<10} {text}" for label, text in rows)])


class OpenSubject(Closing):
    """A subject whose processes run, until `close` or the end of a `with`. Make it with `subject`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_closed = False

    @property
    def name(self) -> str:
        """Its name."""
        return self._session.subject.name

    @property
    def version(self) -> str:
        """Its version, "" where it tells none."""
        return self._session.subject.version

    @property
    def rules(self) -> Rules:
        """Its acceptance table, which `mismatches` and `calls` take."""
        return self._session.subject.rules

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that its signatures may have."""
        return self._session.subject.kinds

    @property
    def mutable_parts(self) -> tuple[str, ...]:
        """The parts of a packed call that can be made to lie: `type-codes`, `count`, `args`, `codes`, `ret`."""
        return self._session.transport.mutable_parts

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The ids of caller and callee of every pair; the first makes the calls that name none of them."""
        return self._session.transport.pairs

    def call(self, case: Case) -> CaseJudgement:
        """Makes one call in a fresh process, after the calls of its history, and judges it.

        It is made on its own pair, and where the subject has not got that one, on the first. Raises UserError, one
        sentence, for a case that this subject cannot make.
        """
        if self._is_closed:
            raise UserError(f"{self.name} is closed; call it before the end of its 'with'")
        transport = self._session.transport
        ids = case.caller, case.callee
        if ids not in transport.pairs:
            ids = transport.pairs[0]
            case = replace(case, caller=ids[0], callee=ids[1])
        why = self._why_not(case)
        if why:
            raise UserError(f"{case.key}: {self.name} cannot make this call: {why}")
        judgement = self._session.judge(case)
        if judgement is None:
            raise UserError(f"{case.key}: {self.name} cannot make this call: a side of it cannot be built or declared")
        return CaseJudgement(
            case,
            case.key if judgement.conforms else case.failed_key(judgement.place),
            judgement.verdict,
            judgement.conforms,
            judgement.required,
            judgement.observed,
            judgement.evidence,
        )

    def _why_not(self, case: Case) -> str:
        transport = self._session.transport
        return transport.not_applicable(case.check) or transport.misfit(case) or forbidden_case(self.rules, case)

    @property
    def is_called(self) -> bool:
        """Whether it is called through Python, and no stubs are made for it."""
        from conformance.subjects.registry import find

        return bool(find(self._session.options.subject).target)

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks of single packed calls that apply to it."""
        from conformance.checks import CHECKS

        groups = ("acceptance", "rejection")
        single = (check for check in CHECKS.values() if check.group in groups and check.plan is not None)
        return tuple(check.id for check in single if self._session.transport.not_applicable(check.id) is None)

    def planned(self, check: str, declared: Signature) -> tuple[int, Callable[[int], Case]]:
        """How many calls a check makes of a callee of one signature, and what gives the call at a place."""
        from conformance.generation.strategies import Drawn

        transport = self._session.transport
        pairs = transport.pairs[:1]
        plan = transport.plan(check, Drawn((declared,), 0), pairs)
        carrier = transport.carriers(check, pairs)[0]
        return plan.count, lambda at: carrier.case(check, plan, at)

    def close(self) -> None:
        """Ends its processes; a second time does nothing."""
        if not self._is_closed:
            self._is_closed = True
            self._session.close()


def subject(
    spec: str | Path = "reference",
    *,
    compiler: str | Sequence[str] = (),
    pair: str | Sequence[str | tuple[str, str]] = (),
) -> OpenSubject:
    """Starts a subject and holds it open: use it in a `with`, or close it.

    `spec` is what `--subject` takes: a name of `abi-conformance list subjects`, NAME==VERSION, or the path of a
    subject.toml. `compiler` and `pair` are those of `run`; one compiler starts the fastest. A subject may be used from
    one thread at a time.

    Raises UserError, one sentence, for a subject that is not there or does not start, and for a missing compiler.
    """
    from conformance.engine.session import prepare  # with NumPy and Hypothesis: who only runs the suite needs neither

    compilers = (compiler,) if isinstance(compiler, str) else tuple(compiler)
    wanted = (pair,) if isinstance(pair, str) else tuple(pair)
    try:
        pairs = tuple(parsed(each) if isinstance(each, str) else each for each in wanted)
    except ValueError as error:
        raise UserError(f"pair {pair!r}: {error}") from None
    return OpenSubject(prepare(RunOptions(subject=str(spec), compilers=compilers, pairs=pairs, seed=0)))
