"""A transport without processes: matched calls of one argument, of which a table says what each kind comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.engine.carrier import Carrier, Draws, Examined, NotBuilt
from conformance.generation import payloads
from conformance.generation.strategies import Drawn
from conformance.model.case import MATCH, Case
from conformance.model.facts import RunFacts
from conformance.model.outcome import Finding
from conformance.model.signature import Param, Signature
from conformance.model.value import Value
from conformance.oracle.judge import Judgement
from conformance.rules.load import Rules, load

PAIR = ("here", "there")
FINE = Judgement("intact", True, "accept", "returned 0")


def wrong(kind: str, verdict: str = "unpredicted", at: int = 0) -> Judgement:
    """A matched call that goes wrong at an argument of `kind`."""
    return Judgement(verdict, False, "accept", "returned 0", f"({kind})@{at}")


@dataclass(frozen=True)
class Subject:
    """Every kind of TVM's emitted code."""

    name: str = "fake"
    version: str = "1"
    convention: str = "packed"
    spec: str = "fake"
    waivers: Path | None = None
    rules: Rules = field(default_factory=lambda: load("tvm-packed"))
    kinds: tuple[str, ...] = ("i8", "i16", "i32", "i64", "u8", "u16", "f32", "f64")
    claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class FakePlan:
    """A matched call of every signature."""

    signatures: tuple[Signature, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.signatures)


@dataclass
class FakeCarrier:
    """Judges a call by its signature; `alone` is what it comes to when it is tried again."""

    judge: Callable[[Signature], Judgement]
    alone: Callable[[Signature], Judgement]
    deaths: int = 0
    hangs: int = 0
    builds: bool = True
    compiles: int = 0
    ids: tuple[str, str] = PAIR

    def examine(self, check: str, plan: FakePlan) -> Examined:
        if not self.builds:
            raise NotBuilt("the compiler has no such thing")
        found = Examined(executed=plan.count, judged=plan.count, deaths=self.deaths, hangs=self.hangs)
        for at, signature in enumerate(plan.signatures):
            judgement = self.judge(signature)
            found.tally["packed", "match", judgement.verdict] += 1
            found.paired["packed", "match", judgement.verdict] += 1
            if not judgement.conforms:
                found.nonconforming.append((at, judgement))
                found.groups += ({"group": "g", "check": check, "verdicts": {judgement.verdict: 1}, "examples": {}},)
        return found

    def case(self, check: str, plan: FakePlan, at: int) -> Case:
        signature = plan.signatures[at]
        return Case(check, "packed", *PAIR, signature, signature, MATCH, payloads.payload(signature, 0))

    def minimal_history(self, plan: FakePlan, at: int, verdict: str) -> list[int] | None:
        return [] if self.alone(plan.signatures[at]).verdict == verdict else None

    def remarks(self, case: Case) -> list[str]:
        return []

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        self.compiles += 1
        yield from (self.alone(case.declared) for case in cases)


@dataclass
class FakeTransport:
    """The subject between one pair."""

    carrier: FakeCarrier
    bundles: tuple[tuple[Signature, ...], ...]
    subject: Subject = field(default_factory=Subject)
    facts: RunFacts = field(default_factory=lambda: RunFacts({"name": "fake"}))
    pairs: tuple[tuple[str, str], ...] = (PAIR,)
    fixed: tuple[Signature, ...] = ()
    mutable_parts: tuple[str, ...] = ()

    def not_applicable(self, check: str) -> str | None:
        return None

    def groups_of_pairs(self, check: str) -> tuple[tuple[tuple[str, str], ...], ...]:
        return ((PAIR,),)

    def carriers(self, check: str, pairs: Sequence[tuple[str, str]]) -> tuple[Carrier, ...]:
        return (self.carrier,)

    def draws(self, check: str, pairs: Sequence[tuple[str, str]]) -> Draws:
        return Draws(0, 0, 0, tuple(Drawn(signatures, at) for at, signatures in enumerate(self.bundles)))

    def plan(self, check: str, drawn: Drawn, pairs: Sequence[tuple[str, str]]) -> FakePlan:
        return FakePlan(drawn.signatures)

    def plain_value(self, param: Param, place: int, salt: int = 0) -> Value:
        return payloads.graffiti(param, place, salt)

    def misfit(self, case: Case) -> str:
        return ""

    def matrix(self) -> Iterator[tuple[str, int, Judgement]]:
        return iter(())

    def specs(self, finding: Finding) -> dict[str, str]:
        return {}

    def reproducer(self, finding: Finding) -> Mapping[str, str | bytes]:
        return {}

    def close(self) -> None:
        pass


def of(*kinds: str) -> Signature:
    """A signature of these kinds that returns nothing."""
    return Signature(tuple(map(Param, kinds)))
