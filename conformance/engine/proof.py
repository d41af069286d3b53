"""Proves a pair of compilers before its calls are trusted: plain C calls between its sides must arrive unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from conformance.engine import execute, plans
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.carrier import HarnessError, NotBuilt
from conformance.engine.compiled_carrier import SideBuilder
from conformance.engine.libraries import Pair
from conformance.model.signature import Signature
from conformance.toolchain.compilers import Compiler
from conformance.toolchain.errors import CompileError

Disagreement = tuple[Signature, str]
"""A signature whose direct call does not arrive unchanged, and what was observed."""


class Proof:
    """What is known of the pairs of a run. `compilers` are those that can be asked whether it is only one of them."""

    def __init__(self, builder: SideBuilder, compilers: Sequence[Compiler]) -> None:
        self._builder = builder
        self._compilers = {side.id: side for side in compilers if not side.is_dynamic}
        self._proven: dict[tuple[str, tuple[str, str]], str] = {}
        self._disagreements: dict[tuple[str, str], Disagreement] = {}

    def prove(self, bundle: Bundle, pair: Pair) -> None:
        """A matched direct call of every signature must arrive unchanged: else nothing here is to be trusted.

        Raises CompileError, and NotBuilt where the sides do not agree on such a call. Raises HarnessError where they
        are one compiler's, unless another one's are found to agree: then the compiler is wrong, and not the suite.
        """
        if pair.is_dynamic:
            return
        key = (bundle.id, pair.ids)
        if key not in self._proven:
            found = self._disagreement(bundle, pair, self._builder.sides(bundle, pair))
            if found is not None and pair.ids not in self._disagreements:
                self._disagreements[pair.ids] = self._smallest_disagreement(pair, found[0]) or found
            self._proven[key] = "" if found is None else _words(pair, *self._disagreements[pair.ids])
        why = self._proven[key]
        if why and pair.caller.id == pair.callee.id and not self._is_fine_elsewhere(bundle, pair):
            raise HarnessError(why)
        if why:
            raise NotBuilt(f"the sides do not agree on plain C calls: {why}")

    def _is_fine_elsewhere(self, bundle: Bundle, pair: Pair) -> bool:
        """Whether another compiler of the same target agrees with itself on the direct calls of a bundle."""
        for side in self._compilers.values():
            other = Pair(side, side)
            if side.id != pair.caller.id and other.target == pair.target:
                with suppress(CompileError):
                    return self._disagreement(bundle, other, self._builder.sides(bundle, other)) is None
        return False

    def _disagreement(self, bundle: Bundle, pair: Pair, sides: execute.Sides) -> Disagreement | None:
        """The first of the shortest signatures whose direct call does not arrive unchanged."""
        plan = plans.direct(bundle)
        result = self._builder.executor.run(plan, sides, instrumented=pair.instrumented)
        examined = execute.compare(plan, result, "harness", pair.ids, ())
        found = [
            (bundle.signatures[plan.encoded(at).callee], judgement.observed) for at, judgement in examined.nonconforming
        ]
        return min(found, key=lambda one: len(one[0]), default=None)

    def _smallest_disagreement(self, pair: Pair, signature: Signature) -> Disagreement | None:
        """The simplest part of a signature on which the two sides do not agree either, None where they agree on all."""
        params, ret, subject = signature.params, signature.ret, self._builder.subject
        single = [Signature((param,)) for param in params]
        first = [Signature(params[:count]) for count in range(2, len(params) + 1)]
        parts = tuple(dict.fromkeys([Signature(()), Signature((), ret), *single, *first]))
        target = pair.target
        bundle = Bundle(parts, 0, subject.rules.on(target), Arena(target=target), subject.packed)
        with suppress(CompileError):
            return self._disagreement(bundle, pair, self._builder.fresh_sides(pair, parts, release=False))
        return None


def _words(pair: Pair, signature: Signature, observed: str) -> str:
    return f"a direct call of {signature} by {pair.ids[0]}>{pair.ids[1]}: {observed}"
