"""One run: its options, the transport of its subject, and what excuses findings; made once a process."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from conformance.checks import CHECKS
from conformance.engine.carrier import AnySubject, Transport, UsageProblem
from conformance.engine.causes import Excuse, nothing_excused
from conformance.engine.compiled_start import prepare_compiled
from conformance.engine.explore import Explorer, nobody_watches
from conformance.engine.process_start import prepare_process
from conformance.engine.units import dealt, streams
from conformance.generation.database import CaseDatabase
from conformance.generation.profiles import PROFILES
from conformance.model.case import Case
from conformance.model.facts import RunFacts
from conformance.model.headway import Headway
from conformance.model.options import RunOptions
from conformance.model.outcome import Outcome
from conformance.model.unit import Unit
from conformance.oracle.judge import Judgement
from conformance.subjects.registry import find


@dataclass
class Session:
    """What all checks of a run share. Make it with `prepare`, and `close` it.

    `excuse` says by what a nonconforming call is excused; nothing is unless it is set. `deadline` is when the
    run is over, on the monotonic clock. `moved` is told how far a check has come.
    """

    options: RunOptions
    transport: Transport
    seed: int
    excuse: Excuse = nothing_excused
    deadline: float = math.inf
    moved: Callable[[Headway], None] = nobody_watches

    def __post_init__(self) -> None:
        number, count = self.options.shard or (1, 1)
        self._units = frozenset(dealt(self.options, count)[number - 1]) if count > 1 else None

    @property
    def subject(self) -> AnySubject:
        """The subject."""
        return self.transport.subject

    @property
    def facts(self) -> RunFacts:
        """What a result says of the run."""
        return self.transport.facts

    def checks(self) -> list[str]:
        """The checks that were asked for, in order."""
        return [check for check in CHECKS if self.options.wants(check)]

    def streams(self, check: str, pairs: tuple[tuple[str, str], ...]) -> list[Unit]:
        """The streams of a check on some pairs, in order, of those that the run makes."""
        count = streams(check, self.transport.draws(check, pairs).examples)
        return [unit for unit in (Unit(check, number) for number in range(1, count + 1)) if self.makes(unit)]

    def makes(self, unit: Unit) -> bool:
        """Whether a unit is the run's: in a shard not all are."""
        return self._units is None or unit in self._units

    def explore(self, check: str, pairs: tuple[tuple[str, str], ...], stream: int = 1) -> Outcome:
        """What a stream of a check comes to on some pairs. Raises HarnessError."""
        if time.monotonic() >= self.deadline:
            pair = pairs[0] if len(pairs) == 1 else ()
            return Outcome(check, pair, "not-run", stream=stream).cut_short()
        random = PROFILES[self.options.profile].random
        explorer = Explorer(
            self.transport,
            check,
            pairs,
            seed=self.seed,
            stream=stream,
            excuse=self.excuse,
            shrink=self.options.shrink,
            deadline=self.deadline,
            moved=self.moved,
            database=CaseDatabase(self.options.report_dir / "hypothesis") if random else None,
        )
        return explorer.run()

    def judge(self, case: Case) -> Judgement | None:
        """The judgement of a recorded case, made again; None where it cannot be built any more.

        It is made on its own pair, and where the session does not have that one, on the first.
        """
        own = case.caller, case.callee
        ids = own if own in self.transport.pairs else self.transport.pairs[0]
        pairs = (case.against, ids) if case.against else (ids,)
        carrier = self.transport.carriers(case.check, pairs)[-1]
        return next(iter(carrier.judge_each([case])))

    def close(self) -> None:
        """Ends all processes."""
        self.transport.close()


def refuse_unknown(checks: Iterable[str]) -> None:
    """Raises UsageProblem for the id of a check, or a glob over them, that fits none."""
    for pattern in checks:
        if not any(fnmatchcase(check, pattern) for check in CHECKS):
            near = get_close_matches(pattern.upper(), CHECKS, 1)
            hint = f"did you mean {near[0]}?" if near else "'abi-conformance list checks' shows all"
            raise UsageProblem(f"--check {pattern}: there is no such check; {hint}")


def prepare(options: RunOptions) -> Session:
    """The session of a run. Raises UserError: one sentence that says what is wrong and what mends it."""
    refuse_unknown(options.checks)
    seed = options.seed
    if seed is None:
        seed = secrets.randbits(32) if PROFILES[options.profile].random else 0
    return Session(options, _transport(options), seed)


def _transport(options: RunOptions) -> Transport:
    found = find(options.subject)
    return prepare_process(found, options) if found.target else prepare_compiled(options)
