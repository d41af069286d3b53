"""A built subject reached through both transports: the same expectations and verdicts, call by call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from conformance.checks import planned
from conformance.engine import encoded_calls
from conformance.engine.cases import CaseBundle
from conformance.engine.compiled import CompiledTransport
from conformance.engine.compiled_carrier import CompiledCarrier
from conformance.engine.compiled_start import prepare_compiled
from conformance.engine.planned_call import Promise, case
from conformance.engine.planned_calls import planned_calls
from conformance.engine.replies import Judged, judged
from conformance.engine.values import ValueBundle
from conformance.generation.strategies import Drawn, bundles, every_kind
from conformance.model.options import RunOptions
from conformance.oracle.expect import Expectation, expect
from conformance.oracle.judge import Judgement
from conformance.subjects.called import CalledSubject
from conformance.toolchain.fixtures import root
from tests.called.built import Built, Local

pytestmark = pytest.mark.compiler("tcc")


@pytest.fixture(scope="module", params=["reference", "reference-runtime"])
def session(request: pytest.FixtureRequest) -> Iterator[CompiledTransport]:
    made = prepare_compiled(RunOptions(subject=request.param, compilers=("tcc",), seed=0))
    yield made
    made.close()


class Calls:
    """The calls that a check makes of drawn signatures, with both transports by which the subject is reached."""

    def __init__(self, session: CompiledTransport, drawn: Drawn, check: str, most: int = 30) -> None:
        self.carrier = CompiledCarrier(session, session.compiler_pairs[0])
        built = Built(session.subject, self.carrier)
        subject = CalledSubject("", built.about, session.subject.rules, session.subject.kinds, session.subject.claims)
        bundle = ValueBundle(drawn.signatures, drawn.salt, subject)
        every = list(planned_calls(bundle, planned(check, bundle)))
        self.planned_calls = every[:: max(1, len(every) // most)]
        self.promise = Promise(subject.rules, subject.claims, built.about.sides)
        self.local = Local(built)
        self.batch = self.local.declare(bundle.declared)
        self.declared = [self.batch.signatures[one.callee] for one in self.planned_calls]
        self.cases = [
            case(check, one, declared, self.promise, release=False)
            for one, declared in zip(self.planned_calls, self.declared, strict=True)
        ]

    def called(self) -> list[Judgement]:
        """What comes of them one by one, as replies."""
        calls = judged(self.local, self.batch, self.planned_calls, self.promise, 1000)
        return [call.judgement for call in calls if isinstance(call, Judged)]

    def compiled(self) -> list[Judgement | None]:
        """What comes of them as records and witness rows."""
        return list(self.carrier.judge_each(self.cases))

    def expectations(self) -> Iterator[tuple[str, Expectation, Expectation]]:
        """What must come of each, by the values of the call and by what is laid out for the runner."""
        made = CaseBundle(self.cases, self.promise.rules, packed=True)
        for one, declared, spelled in zip(self.planned_calls, self.declared, self.cases, strict=True):
            by_values = expect(self.promise.rules, declared, one.call, one.mismatch.cls)
            yield spelled.key, by_values, encoded_calls.expected(made.bundle, made.encoded(spelled)).expectation


CHECKS = ["X0-MATCH", "X0-TYPE", "X0-COERCE", "X0-COUNT", "X0-NULL", "X0-UNKNOWN", "X0-RETURN", "X0-RANGE"]


@pytest.mark.parametrize("check", CHECKS)
def test_both_transports_expect_and_judge_alike_call_by_call(session: CompiledTransport, check: str) -> None:
    kinds = session.subject.kinds

    def agree(drawn: Drawn) -> None:
        calls = Calls(session, drawn, check)
        if not calls.cases:
            return
        for key, by_values, laid_out in calls.expectations():
            told = [(due.outcome, due.verdict, due.named, due.saw) for due in (by_values, laid_out)]
            assert told[0] == told[1], key
        called = calls.called()
        assert all(judgement.conforms for judgement in called)
        assert len(called) == len(calls.cases)
        for spelled, one, other in zip(calls.cases, called, calls.compiled(), strict=True):
            assert other is not None
            assert (one.verdict, one.conforms) == (other.verdict, other.conforms), spelled.key

    @settings(max_examples=2, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
    @given(bundles(4, 6, kinds, with_null=True))
    def agree_on_drawn_calls(drawn: Drawn) -> None:
        agree(drawn)

    agree(every_kind(kinds, with_null=True))
    agree_on_drawn_calls()


@pytest.mark.parametrize(
    ("name", "check"),
    [("no-checks", "X0-TYPE"), ("checks-late", "X0-TYPE"), ("f64-through-float", "X0-MATCH"), ("exits", "X0-MATCH")],
)
def test_both_transports_judge_a_defect_alike(name: str, check: str) -> None:
    session = prepare_compiled(RunOptions(subject=str(root() / "broken" / name), compilers=("tcc",), seed=0))
    try:
        calls = Calls(session, every_kind(session.subject.kinds, with_null=True), check)
        called, compiled = calls.called(), calls.compiled()
        assert not all(one.conforms for one in called)
        for spelled, one, other in zip(calls.cases, called, compiled, strict=True):
            assert other is not None
            told = [(said.verdict, said.conforms, said.required, said.place) for said in (one, other)]
            assert told[0] == told[1], (spelled.key, one, other)
    finally:
        session.close()
