"""One run's resources where the subject is called: its processes, its batches, and the reference for the X1 column."""

from __future__ import annotations

import contextlib
import fnmatch
import platform
import secrets
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import conformance
from conformance.checks import CHECKS, SubjectFacts
from conformance.engine import blocks
from conformance.engine.blocks import Tally
from conformance.engine.called.attempt import Attempt
from conformance.engine.called.bundle import CalledBundle
from conformance.engine.called.examine import Examined, Promise, examine
from conformance.engine.called.first_call import first_call
from conformance.engine.called.lab import CalledLab
from conformance.engine.plans import Plan
from conformance.engine.shots import Shot
from conformance.generation.profiles import PROFILES, Profile
from conformance.generation.strategies import Drawn
from conformance.model.case import Mismatch
from conformance.model.options import RunFacts, RunOptions
from conformance.model.signature import Signature
from conformance.model.subject import SubjectUnavailable
from conformance.session import Session, UsageProblem, prepare
from conformance.subjects.called import CalledSubject, called_subject
from conformance.subjects.manifest import SubjectError
from conformance.subjects.registry import Found
from conformance.toolchain import compilers as discovery
from conformance.toolchain.errors import BadSpec, MissingCompiler
from conformance.transport.process.client import (
    AdapterError,
    Batch,
    Budget,
    ProcessError,
    ProtocolError,
    SubjectProcess,
)

KEPT_BATCHES = 32
"""Batches that are kept declared, so that all checks of a run draw on one compile."""

QUICK_BUNDLE = 16
"""Signatures of a bundle in the quick profile: a subject that is called is a thousand times slower than stubs."""


@dataclass(frozen=True)
class Variant:
    """A subject as one compiler makes it, or as it is; `spec` is empty where there is no choice."""

    process: SubjectProcess
    subject: CalledSubject
    spec: str = ""

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of caller and callee."""
        return self.subject.about.sides

    @property
    def promise(self) -> Promise:
        """What it is held to."""
        return Promise(self.subject.rules, self.subject.claims, self.ids)


class CalledSession:
    """What all checks of a run share. Make it with `prepare_called`, and `close` it."""

    def __init__(self, options: RunOptions, profile: Profile, seed: int, variants: Sequence[Variant]) -> None:
        self.options = options
        self.profile = profile
        self.seed = seed
        self.variants = tuple(variants)
        self._batches: OrderedDict[tuple[str, tuple[Signature, ...], bool], Batch] = OrderedDict()
        self._reference: Session | None = None

    @property
    def subject(self) -> CalledSubject:
        """The subject, as the first variant has it."""
        return self.variants[0].subject

    @property
    def facts(self) -> RunFacts:
        """What a result says of the run."""
        about, pairs = self.subject.about, [variant.ids for variant in self.variants]
        target, ours = f"{platform.machine()}-linux", conformance.__version__
        sides = {pairs[0][0]: ours} | dict.fromkeys((callee for _, callee in pairs), about.version)
        return RunFacts(
            subject={
                "name": about.name,
                "version": about.version,
                "convention": "packed",
                "versions": dict(about.versions),
            },
            compilers=tuple({"id": side, "spec": side, "version": v, "target": target} for side, v in sides.items()),
            pairs=tuple(pairs),
            notes={"limits": "; ".join(about.limits)} if about.limits else {},
        )

    def close(self) -> None:
        """Ends the processes."""
        for variant in self.variants:
            variant.process.close()
        if self._reference is not None:
            self._reference.close()

    def checks(self) -> list[str]:
        """The checks that were asked for, in order."""
        wanted = self.options.checks
        return [
            check for check in CHECKS if not wanted or any(fnmatch.fnmatchcase(check, pattern) for pattern in wanted)
        ]

    def not_applicable(self, check: str) -> str | None:
        """Why a check does not apply to the subject, None where it does."""
        subject, about = self.subject, self.subject.about
        facts = SubjectFacts(
            subject.name, "packed", subject.rules, subject.kinds, compiled=False,
            mutable_parts=tuple(about.mutable_parts), checks=tuple(about.checks),
        )  # fmt: skip
        return CHECKS[check].applies_to(facts)

    @property
    def examples(self) -> int:
        """How many bundles a check draws."""
        if self.options.max_examples:
            return self.options.max_examples
        # Where only certain signatures can be declared, another bundle is the same calls with other values.
        return 2 if self.subject.fixed else max(2, self.profile.compiled_examples // 2)

    @property
    def bundle_size(self) -> int:
        """How many signatures a bundle has."""
        return min(self.profile.bundle, QUICK_BUNDLE) if self.profile.name == "quick" else self.profile.bundle

    def bundle(self, drawn: Drawn) -> CalledBundle:
        """The bundle of what was drawn."""
        return CalledBundle(drawn.signatures, drawn.salt, self.subject)

    def batch(self, variant: Variant, bundle: CalledBundle, release: bool) -> Batch:
        """The bundle's callees, declared once for all checks. Raises DeclareError."""
        key = (variant.spec, bundle.declared, release)
        found = self._batches.get(key)
        if found is None:
            found = self._batches[key] = variant.process.declare(bundle.declared, release)
            while len(self._batches) > KEPT_BATCHES:
                self._batches.popitem(last=False)
        return found

    @property
    def hang_ms(self) -> int:
        """How many milliseconds a call may go on without an end: what the subject says, else the profile's."""
        return self.subject.about.hang_ms or self.profile.hang_ms

    def examine(
        self, variant: Variant, batch: Batch, made: Sequence[Attempt], budget: Budget | None = None
    ) -> Examined:
        """Makes calls and judges them; what the budget does not allow is left unrun."""
        return examine(variant.process, batch, made, variant.promise, self.hang_ms, budget)

    def lab(self, variant: Variant) -> CalledLab:
        """Where single cases are tried."""
        return CalledLab(variant.process, variant.promise, self.hang_ms)

    def unpacked(self, pairs: Sequence[tuple[Signature, Signature, Mismatch]], salt: int) -> Tally:
        """What the reference's unpacked convention makes of the same mistakes: counts by class and verdict."""
        if not pairs:
            return Counter()
        if self._reference is None:
            options = RunOptions(subject="reference", compilers=("tcc",), seed=self.seed)
            self._reference = prepare(options)
        session, pair = self._reference, self._reference.pairs[0]
        signatures = tuple(dict.fromkeys(one for passed, declared, _ in pairs for one in (passed, declared)))
        place = {signature: at for at, signature in enumerate(signatures)}
        bundle = session.bundle(Drawn(signatures, salt))
        shots = [Shot(place[passed], place[declared], "unpacked", mismatch) for passed, declared, mismatch in pairs]
        shots.sort(key=lambda shot: shot.callee)
        plan = Plan(bundle, tuple(blocks.of_shots(bundle, shots)))
        return session.examine("X1-SILENT", bundle, pair, plan).tally


def prepare_called(found: Found, options: RunOptions) -> CalledSession:
    """Starts the subject's process, asks what it is, and settles the rest of a run. Raises UsageProblem."""
    profile = PROFILES[options.profile]
    seed = options.seed if options.seed is not None else (secrets.randbits(32) if profile.random else 0)
    first = _variant(found, options.subject, "")
    usual = first.subject.about.compilers
    if options.pairs or (options.compilers and not usual):
        first.process.close()
        raise UsageProblem(f"{found.name} is called, not compiled against; leave out --compiler and --pair")
    if not usual:
        return _tried(found, CalledSession(options, profile, seed, [first]))
    first.process.close()
    made: list[Variant] = []
    try:
        for spec in options.compilers or _found(usual):
            made.append(_variant(found, options.subject, spec))  # noqa: PERF401 - what is there must be closed again
    except UsageProblem:
        for variant in made:
            variant.process.close()
        raise
    return _tried(found, CalledSession(options, profile, seed, made))


def _tried(found: Found, session: CalledSession) -> CalledSession:
    """The session, once the adapter has come through one matched call. Raises UsageProblem, and closes it."""
    try:
        first_call(session.variants[0].process, session.subject, session.hang_ms)
    except (AdapterError, ProtocolError) as error:
        session.close()
        raise UsageProblem(_fault(found, error)) from None
    except ProcessError as error:
        session.close()
        raise UsageProblem(f"the subject '{found.name}' makes no call: {error}") from None
    except BaseException:
        session.close()
        raise
    return session


def _fault(found: Found, error: ProcessError) -> str:
    """What an adapter does wrong: a sentence, or where it raised its traceback."""
    if isinstance(error, AdapterError):
        return f"the adapter of the subject '{found.name}' raised {error}"
    return f"the adapter of the subject '{found.name}' is wrong: {error}; see docs/subjects.md"


def _found(specs: Sequence[str]) -> list[str]:
    there = []
    for spec in specs:
        with contextlib.suppress(MissingCompiler):
            there.append(discovery.resolve(spec).spec)
    if not there:
        raise UsageProblem(f"none of the compilers {', '.join(specs)} is found; run: apt install gcc")
    return there


def _variant(found: Found, asked: str, spec: str) -> Variant:
    if spec:
        try:
            discovery.resolve(spec)
        except (MissingCompiler, BadSpec) as error:
            raise UsageProblem(str(error)) from None
    try:
        process = SubjectProcess(found.target, tuple(map(str, found.folders)), spec)
    except SubjectUnavailable as missing:
        raise UsageProblem(str(missing)) from None
    except (AdapterError, ProtocolError) as error:
        raise UsageProblem(_fault(found, error)) from None
    except ProcessError as error:
        raise UsageProblem(f"the subject '{found.name}' does not start: {error}") from None
    try:
        return Variant(process, called_subject(asked, process.about), spec)
    except SubjectError as error:
        process.close()
        raise UsageProblem(str(error)) from None
