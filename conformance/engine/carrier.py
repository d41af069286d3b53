"""What the engine needs of a pair of sides and of a subject, however its calls are carried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from conformance.engine.group_counts import NO_COUNTS, GroupCounts
from conformance.generation.strategies import Drawn
from conformance.model.case import Case
from conformance.model.errors import UserError
from conformance.model.facts import RunFacts
from conformance.model.outcome import Finding
from conformance.model.signature import Param, Signature
from conformance.model.value import Value
from conformance.oracle.judge import Judgement
from conformance.rules.load import Rules

Tally = Counter[tuple[str, str, str]]
"""Counts by (convention, mismatch class, verdict)."""


class HarnessError(Exception):
    """The suite's own fault: it must end the run, never become a finding."""


class NotBuilt(Exception):
    """Calls that cannot be made because a side cannot be built or is not proven; the message says why."""


class AdapterFault(UserError):
    """What the adapter of a subject in Python does wrong in the middle of a run; the message is a sentence."""


class UsageProblem(UserError):
    """What the user asked for cannot be had; one sentence that says why and what mends it."""


class AnyPlan(Protocol):
    """The calls that a check makes of a bundle, in order."""

    @property
    def count(self) -> int:
        """How many calls there are."""
        ...


@dataclass
class Examined:
    """What came of a plan on one pair.

    `tally` counts verdicts; `paired` those of calls that both conventions make. `nonconforming` are the calls that do
    not conform, by their place in the plan. `not_run` calls were left out after too many deaths or hangs, `left_out`
    ones are not in the plan, as the rules' policies forbid them, and `inconclusive` ones could not be built, or told
    apart; `why` says the reason for any of these. `compiled` counts signatures for which stubs were compiled, a side
    each. `deaths` and `hangs` count the calls that ended their process. `news` counts by class and place what a version
    does otherwise than another and is right by itself. `kinds` counts calls by group and verdict (model/groups.py), and
    `groups` those of which an example can be shown.
    """

    tally: Tally = field(default_factory=Counter)
    paired: Tally = field(default_factory=Counter)
    nonconforming: list[tuple[int, Judgement]] = field(default_factory=list)
    executed: int = 0
    judged: int = 0
    not_run: int = 0
    left_out: int = 0
    inconclusive: int = 0
    compiled: int = 0
    deaths: int = 0
    hangs: int = 0
    news: Counter[str] = field(default_factory=Counter)
    why: str = ""
    kinds: GroupCounts = NO_COUNTS
    groups: tuple[Mapping[str, Any], ...] = ()


class Carrier(Protocol):
    """One pair of sides: examines plans, and tries single cases in fresh processes.

    `compiles` counts the batches that were built to try single cases.
    """

    compiles: int

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        ...

    def examine(self, check: str, plan: Any) -> Examined:
        """Makes the calls of a plan and judges them. Raises NotBuilt and HarnessError."""
        ...

    def case(self, check: str, plan: Any, at: int) -> Case:
        """The call at a place of a plan, spelled out."""
        ...

    def minimal_history(self, plan: Any, at: int, verdict: str) -> list[int] | None:
        """The fewest earlier calls, by place, after which the call at `at` gets `verdict` again.

        None where not even all of them bring it back.
        """
        ...

    def judge_each(self, cases: Sequence[Case]) -> Iterator[Judgement | None]:
        """The judgement of each case after the calls of its history, each in a process of its own.

        All are built as one batch; None where a case cannot be built.
        """
        ...

    def remarks(self, case: Case) -> list[str]:
        """What else there is to say of a case that is told, in sentences."""
        ...


class AnySubject(Protocol):
    """What the engine knows of a subject."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def version(self) -> str:
        """The version that waivers and results go by."""
        ...

    @property
    def spec(self) -> str:
        """What to load it by again."""
        ...

    @property
    def waivers(self) -> Path | None:
        """The file of known gaps that it ships, if any."""
        ...

    @property
    def convention(self) -> str:
        """`packed` or `unpacked`."""
        ...

    @property
    def rules(self) -> Rules:
        """Its acceptance table."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that its signatures may have."""
        ...

    @property
    def claims(self) -> tuple[str, ...]:
        """The mismatch classes that it promises to detect."""
        ...


@dataclass(frozen=True)
class Draws:
    """How much a check draws: `examples` bundles of `size` signatures of at most `max_args` arguments.

    `first` are bundles that are looked at before anything is drawn; with `long` one of very long signatures follows.
    With `only_sampled` those alone are looked at for which stubs are compiled a signature.
    `kinds` are those that are drawn, where they are more than the subject's own: what has one of the others is counted,
    and not called. `own` draws all of it instead, from a seed, where the signatures are no subject's.
    """

    examples: int
    size: int
    max_args: int
    first: tuple[Drawn, ...] = ()
    long: bool = False
    only_sampled: bool = False
    kinds: tuple[str, ...] = ()
    own: Callable[[int], Iterator[Drawn]] | None = None


class Transport(Protocol):
    """A subject with all pairs of sides that its calls are made between."""

    @property
    def subject(self) -> AnySubject:
        """The subject."""
        ...

    @property
    def facts(self) -> RunFacts:
        """What a result says of the run."""
        ...

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The ids of caller and callee of every pair."""
        ...

    def not_applicable(self, check: str) -> str | None:
        """Why a check does not apply to the subject, None where it does."""
        ...

    def groups_of_pairs(self, check: str) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The pairs that a check is held on: a group an item of the run, most often of one pair."""
        ...

    def carriers(self, check: str, pairs: Sequence[tuple[str, str]]) -> tuple[Carrier, ...]:
        """What carries the calls of a check on these pairs."""
        ...

    def draws(self, check: str, pairs: Sequence[tuple[str, str]]) -> Draws:
        """How much a check draws for these pairs."""
        ...

    def plan(self, check: str, drawn: Drawn, pairs: Sequence[tuple[str, str]]) -> AnyPlan:
        """The calls that a check makes of what was drawn on these pairs, which are of one target."""
        ...

    def plain_value(self, param: Param, place: int, salt: int = 0) -> Value:
        """The simplest value that a caller passes for an argument; another salt, another value."""
        ...

    @property
    def fixed(self) -> tuple[Signature, ...]:
        """The only signatures that can be declared; empty where any can."""
        ...

    @property
    def mutable_parts(self) -> tuple[str, ...]:
        """The parts of a packed call that can be made to lie, of MUTABLE_PARTS (model/subject.py)."""
        ...

    def misfit(self, case: Case) -> str:
        """Why a recorded case cannot be made with this subject; "" where it can."""
        ...

    def matrix(self) -> Iterator[tuple[str, int, Judgement]]:
        """Each declared kind under each code: kind, code, and the judgement of that call."""
        ...

    def specs(self, finding: Finding) -> dict[str, str]:
        """What to ask for the sides of a finding by again, by id."""
        ...

    def reproducer(self, finding: Finding) -> Mapping[str, str | bytes]:
        """The files of a stand-alone reproducer by relative path, the sources that it needs among them."""
        ...

    def close(self) -> None:
        """Ends all processes."""
        ...
