"""A built subject behind the protocol of called ones: both engines, and both oracles, say the same of the reference."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from conformance.engine.called.attempts import attempts
from conformance.engine.called.built import Built, Local
from conformance.engine.called.bundle import CalledBundle
from conformance.engine.called.examine import Examined, Promise, examine
from conformance.engine.compiled import CompiledCarrier, CompiledTransport, prepare_compiled
from conformance.generation.strategies import Drawn, bundles, every_kind
from conformance.model.options import RunOptions
from conformance.subjects.called import CalledSubject
from conformance.toolchain.fixtures import root

pytestmark = pytest.mark.compiler("tcc")


@pytest.fixture(scope="module", params=["reference", "reference-runtime"])
def session(request: pytest.FixtureRequest) -> Iterator[CompiledTransport]:
    made = prepare_compiled(RunOptions(subject=request.param, compilers=("tcc",), seed=0))
    yield made
    made.close()


def examined(session: CompiledTransport, drawn: Drawn, check: str, most: int = 60) -> Examined:
    built = Built(session.subject, CompiledCarrier(session, session.compiler_pairs[0]))
    subject = CalledSubject("", built.about, session.subject.rules, session.subject.kinds, session.subject.claims)
    bundle = CalledBundle(drawn.signatures, drawn.salt, subject)
    made = attempts(check, bundle)
    local = Local(built)
    batch = local.declare(bundle.declared)
    step = max(1, len(made) // most)
    return examine(local, batch, made[::step], Promise(subject.rules, subject.claims, built.about.sides), 1000)


@pytest.mark.parametrize(
    "check", ["X0-MATCH", "X0-TYPE", "X0-COERCE", "X0-COUNT", "X0-NULL", "X0-UNKNOWN", "X0-RETURN", "X0-RANGE"]
)
def test_the_reference_conforms_call_by_call(session: CompiledTransport, check: str) -> None:
    kinds = session.subject.kinds

    @settings(max_examples=2, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(bundles(4, 6, kinds, with_null=True))
    def conforms(drawn: Drawn) -> None:
        assert examined(session, drawn, check).nonconforming == []

    assert examined(session, every_kind(kinds, with_null=True), check).nonconforming == []
    conforms()


def test_a_defect_shows_this_way_too() -> None:
    made = prepare_compiled(RunOptions(subject=str(root() / "broken" / "no-checks"), compilers=("tcc",), seed=0))
    try:
        found = examined(made, every_kind(made.subject.kinds, with_null=True), "X0-TYPE")
        assert {judgement.verdict for _, _, judgement in found.nonconforming} >= {"silent-wrong"}
    finally:
        made.close()
