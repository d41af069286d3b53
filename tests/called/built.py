"""A subject that is built from a manifest behind the protocol of those that are called: a compile and a reply a call.

It is no way to test such a subject quickly; that is what stubs and bulk comparison are for. It shows that both ways say
the same of the same runtime, and it is how to ask a built runtime about a single call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from conformance.engine import encoded_calls
from conformance.engine.cases import CaseBundle
from conformance.engine.compiled_carrier import CompiledCarrier
from conformance.model.case import MATCH, Case, Mutations
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import Call, Refused, Reply, SubjectInfo
from conformance.model.value import NO_VALUE, Value
from conformance.subjects.manifest import BuiltSubject
from conformance.transport.compiled.observe import left, observation
from conformance.transport.process.client import Batch, Died, Hung, Request, Response, Spending


class Declared(NamedTuple):
    """A callee: what it declares, and whether its checks are compiled out."""

    signature: Signature
    release: bool


class Lost(Exception):
    """The process of a call died or hung."""

    def __init__(self, how: Died | Hung) -> None:
        super().__init__(str(how))
        self.how = how


class Built:
    """The protocol for a packed subject with a manifest, on the pair of compilers of `carrier`."""

    def __init__(self, subject: BuiltSubject, carrier: CompiledCarrier) -> None:
        self._subject = subject
        self._carrier = carrier
        self.about = SubjectInfo(
            name=subject.name,
            version=subject.version,
            rules=subject.rules.name,
            sides=carrier.ids,
            kinds=subject.kinds,
            claims=subject.claims,
            checks=("X0-MATCH", "X0-TYPE", "X0-COERCE", "X0-COUNT", "X0-NULL", "X0-UNKNOWN", "X0-RETURN", "X0-RANGE"),
            mutable_parts=("type-codes", "count", "args", "codes", "ret"),
        )

    def declare(self, signatures: Sequence[Signature], release: bool) -> Sequence[Declared | Refused]:
        """Has the compilers try all of them. Raises CompileError."""
        self._carrier.transport.fresh_sides(self._carrier.pair, signatures, release)
        return [Declared(one, release) for one in signatures]

    def call(self, callee: Declared, call: Call) -> Reply:
        """Compiles a caller for what is passed, and makes the call in a process of its own. Raises Lost."""
        case = self._case(callee, call)
        made = CaseBundle([case], self._subject.rules, packed=True)
        plan = made.plan(case)
        sides = self._carrier.transport.fresh_sides(self._carrier.pair, made.bundle.signatures, callee.release)
        result = self._carrier.transport.executor.run(plan, sides, texts=True)
        expected = encoded_calls.expected(made.bundle, made.encoded(case))
        lengths = [16 + 16 * len(callee.signature)]
        seen = observation(left(result, 0, lengths), callee.signature, "plain", [expected])
        if seen.ended is not None:
            how = seen.ended
            raise Lost(Hung() if how.how == "hung" else Died(how.signal, how.status))
        ret = call.result if seen.status == 0 and callee.signature.ret != NONE else None
        if ret is not None and seen.out != expected.prediction.taken:
            width = KINDS[callee.signature.ret].width
            ret = Value(callee.signature.ret, int.from_bytes((seen.out or b"")[:width], "little"))
        return seen._replace(ret=ret)

    def _case(self, callee: Declared, call: Call) -> Case:
        values = [slot.value for slot in call.slots]
        params = [Param(one.kind, (one.tensor or TensorSpec()) if one.kind == "tensor" else None) for one in values]
        codes = tuple((at, slot.code) for at, slot in enumerate(call.slots))
        own = self._subject.rules
        return Case(
            check="",
            convention="packed",
            caller=self.about.sides[0],
            callee=self.about.sides[1],
            passed=Signature(tuple(params), callee.signature.ret),
            declared=callee.signature,
            mismatch=MATCH,
            payload=tuple(values),
            result=call.result or NO_VALUE,
            wire=Mutations(
                tuple((at, code) for at, code in codes if code != own.code(values[at].kind)),
                call.claimed_count,
                call.nulls,
            ),
            release=callee.release,
        )


class Local:
    """What a process does, for a subject that isolates its calls itself and so needs no process of its own."""

    def __init__(self, subject: Built) -> None:
        self._subject = subject
        self.about = subject.about

    def declare(self, signatures: Sequence[Signature], release: bool = False) -> Batch:
        """Has a batch declared. Raises CompileError."""
        declared = self._subject.declare(signatures, release)
        return Batch(0, signatures, release, [one.why if isinstance(one, Refused) else None for one in declared])

    def run(
        self,
        batch: Batch,
        requests: Sequence[Request],
        hang_ms: int,
        budget: Spending | None = None,
    ) -> list[Response]:
        """Makes the calls, in order."""
        results: list[Response] = []
        for request in requests:
            try:
                results.append(
                    self._subject.call(Declared(batch.signatures[request.callee], batch.release), request.call)
                )
            except Lost as lost:
                results.append(lost.how)
        return results
