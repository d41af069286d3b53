"""A subject that is built with compilers: its pairs of sides, and what carries calls between their stubs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from conformance.checks import CHECKS, SubjectFacts
from conformance.checks.draft import Draft
from conformance.checks.every_code import every_code
from conformance.direct.plan import CHECK as DIRECT
from conformance.direct.plan import DirectPlan, plan_of
from conformance.direct.sides import Sides as DirectSides
from conformance.direct.sides import are_strangers
from conformance.engine import execute, plans
from conformance.engine.bundle import Bundle
from conformance.engine.carrier import Carrier, Draws
from conformance.engine.comparison import Comparison, LayoutCarrier, LayoutPlan
from conformance.engine.compiled_carrier import CompiledCarrier, Form
from conformance.engine.direct import DirectCarrier
from conformance.engine.direct import draws as direct_draws
from conformance.engine.execute import Executor, Sides
from conformance.engine.forms import Forms
from conformance.engine.kept_bundles import KEPT_BUNDLES, KeptBundles
from conformance.engine.kept_sides import KeptSides
from conformance.engine.libraries import API_MODE, NO_VERSIONS, Libraries, Pair, Versions
from conformance.engine.misfit import Means, misfit
from conformance.engine.plans import Plan
from conformance.engine.proof import Proof
from conformance.engine.sides import dynamic_pairs
from conformance.engine.skew import CHECK as SKEW
from conformance.engine.skew import NO_VERSION, LoadPlan, Skew
from conformance.engine.workers import Workers, target_of
from conformance.generation import payloads
from conformance.generation.profiles import Profile
from conformance.generation.strategies import Drawn, every_kind, every_place, every_tensor, one_signature
from conformance.model.case import CONVENTIONS, INTERPOSED, MODES, Case
from conformance.model.facts import RunFacts
from conformance.model.kinds import KINDS, NONE
from conformance.model.outcome import Finding
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.target import HERE, Target
from conformance.model.value import Value
from conformance.oracle.judge import Judgement
from conformance.subjects.manifest import BuiltSubject
from conformance.toolchain import compilers as discovery
from conformance.toolchain.compilers import Compiler, program_of

_NOT_LONG = {"dynamic", "pcc"}
"""Families of sides that take minutes for signatures of hundreds of arguments."""

API_BUNDLE = 16
"""cffi's API mode is a second path to the same code, so only so many signatures are built with it."""


@dataclass
class CompiledTransport:
    """A subject with a manifest, between pairs of compilers. Make it with `prepare_compiled`, and `close` it."""

    subject: BuiltSubject
    profile: Profile
    max_examples: int | None
    compiler_pairs: tuple[Pair, ...]
    libraries: Libraries
    workers: Workers
    executor: Executor
    inconclusive: dict[str, str] = field(default_factory=dict)
    """Compilers of the default choice that cannot build the subject, and pairs of it that nothing runs; why."""

    met: str = ""
    """How the pairs were chosen where they share what one pair would draw; empty where each draws all."""

    stubs: str = "both"
    """Whether stubs are generic, compiled a signature, or both: those of a sample compiled."""

    drawn_kinds: tuple[str, ...] = ()
    """The kinds of all of the subject's versions, where they are more than those that every one of them has."""

    fixed: tuple[Signature, ...] = ()

    def __post_init__(self) -> None:
        self._bundles = KeptBundles()
        self._alone: dict[Pair, CompiledCarrier] = {}

    def close(self) -> None:
        """Ends the workers."""
        self.workers.close()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The ids of caller and callee of every pair."""
        return tuple(pair.ids for pair in self.compiler_pairs)

    @property
    def facts(self) -> RunFacts:
        """What a result says of the run."""
        sides: dict[str, tuple[Compiler, str]] = {}
        for pair in self.compiler_pairs:
            caller, callee, _ = pair.versions or NO_VERSIONS
            sides.setdefault(pair.ids[0], (pair.caller, caller))
            sides.setdefault(pair.ids[1], (pair.callee, callee))
        subject = self.subject
        return RunFacts(
            subject={"name": subject.name, "version": subject.version, "convention": subject.convention},
            compilers=tuple(
                {
                    "id": name,
                    "spec": c.spec,
                    "version": c.version,
                    "target": c.target.triple,
                    "name": f"{program_of(c)}@{built}" if built else program_of(c),
                    "machine": target_of(c).name,
                    **({"built": built} if built else {}),
                }
                for name, (c, built) in sides.items()
            ),
            pairs=self.pairs,
            notes={
                **self._shared,
                **self._lacking,
                **{f"inconclusive {name}": why for name, why in self.inconclusive.items()},
            },
            manifest=subject.manifest,
            binding=subject.binding,
        )

    @property
    def _shared(self) -> dict[str, str]:
        """What a result says of pairs that share what is drawn."""
        return {"pairs": f"{self.met}, which share what one pair draws"} if self.met else {}

    @property
    def _lacking(self) -> dict[str, str]:
        """What a result says of kinds that not all versions of the subject have."""
        lacking = sorted(set(self.drawn_kinds) - set(self.subject.kinds))
        return {"not in all versions": ", ".join(lacking)} if lacking else {}

    def not_applicable(self, check: str) -> str | None:
        """Why a check does not apply to the subject, None where it does."""
        subject, pairs = self.subject, len(self._compiled_pairs)
        if check == "DYNAMIC" and not any(pair.target == HERE for pair in self.compiler_pairs):
            return f"Python is of another target, {HERE.name}"
        if check == "DYNAMIC" and not subject.is_cxx and not self.libraries.native.is_embedded:
            return "Python is called by what the embedded compiler makes, which is not installed"
        if check == DIRECT and subject.is_cxx:
            return "it is about C compilers, and the subject's are those of C++; name a subject in C, as the reference"
        if check == "DYNAMIC" and self._has_versions:
            return "Python is built against no headers; leave out the versions of headers"
        if check == SKEW and not self._has_versions:
            return NO_VERSION
        if check == "DYNAMIC" and subject.is_cxx:
            return "Python reaches C functions only, and the subject's header is C++"
        facts = SubjectFacts(
            subject.name,
            subject.convention,
            subject.rules,
            subject.kinds,
            compiled=True,
            compiled_pairs=pairs,
            stubs=self.stubs,
        )
        return CHECKS[check].applies_to(facts)

    @property
    def _has_versions(self) -> bool:
        return any(pair.versions for pair in self.compiler_pairs)

    @property
    def _compiled_pairs(self) -> tuple[Pair, ...]:
        """The pairs of which Python is no side: what every check but DYNAMIC is held on."""
        return tuple(pair for pair in self.compiler_pairs if not pair.is_dynamic)

    def groups_of_pairs(self, check: str) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The pairs that a check is held on: a group an item of the run."""
        if check == "PAIR":
            groups: dict[tuple[str, Versions | None], list[tuple[str, str]]] = {}
            for pair in self._compiled_pairs:
                groups.setdefault((pair.target.name, pair.versions), []).append(pair.ids)
            return tuple(tuple(group) for group in groups.values())
        if check == "DYNAMIC":
            return tuple((pair.ids,) for pair in self._dynamic_pairs)
        return tuple((pair.ids,) for pair in self._compiled_pairs)

    @cached_property
    def _dynamic_pairs(self) -> tuple[Pair, ...]:
        """The pairs in which Python is one side."""
        return dynamic_pairs(self.compiler_pairs, self.libraries)

    @cached_property
    def _by_ids(self) -> dict[tuple[str, str], Pair]:
        return {pair.ids: pair for pair in (*self._dynamic_pairs, *self.compiler_pairs)}

    def _pair(self, ids: tuple[str, str]) -> Pair:
        return self._by_ids[ids]

    def carriers(self, check: str, pairs: Sequence[tuple[str, str]]) -> tuple[Carrier, ...]:
        """What carries the calls of a check; where it compares pairs, each with the first."""
        carriers = [CompiledCarrier(self, self._pair(ids)) for ids in pairs]
        if check == "X0-LAYOUT":
            return tuple(LayoutCarrier(self.libraries, self.workers, carrier.pair) for carrier in carriers)
        if check == "PAIR":
            return tuple(Comparison(carriers[0], carrier) for carrier in carriers)
        if check == SKEW:
            return tuple(self._skew(carrier) for carrier in carriers)
        if check == "STUBS":
            return tuple(self._both_forms(carrier.pair) for carrier in carriers)
        if check == DIRECT:
            return tuple(DirectCarrier(self._direct, carrier.pair, asks=not self.met) for carrier in carriers)
        return tuple(carriers)

    def _skew(self, mixed: CompiledCarrier) -> Skew:
        """A pair of versions, held against what is all of one version: the caller's, the callee's, the runtime's."""
        pair = mixed.pair
        assert pair.versions is not None
        alone = [replace(pair, versions=Versions(*[version] * 3)) for version in dict.fromkeys(pair.versions)]
        return Skew(mixed, [self._alone.setdefault(other, CompiledCarrier(self, other)) for other in alone])

    def _both_forms(self, pair: Pair) -> Forms:
        """A pair's generic stubs and its compiled ones, with other compilers to say whose a difference is."""
        return Forms(*self._two_forms(pair), lambda: map(self._two_forms, self._others(pair)))

    def _others(self, pair: Pair) -> Iterator[Pair]:
        """Compilers of a pair's target and of other families, each on both sides: the run's, then what is installed."""
        asked = {pair.caller.family, pair.callee.family}
        sides = [side for other in self._compiled_pairs for side in (other.caller, other.callee)]
        for side in (*sides, *discovery.discover(cxx=self.subject.is_cxx)):
            if target_of(side) == pair.target and side.family not in asked:
                asked.add(side.family)
                yield Pair(side, side)

    def _two_forms(self, pair: Pair) -> tuple[CompiledCarrier, CompiledCarrier]:
        return CompiledCarrier(self, pair, form="generic"), CompiledCarrier(self, pair, form="compiled")

    @cached_property
    def _direct(self) -> DirectSides:
        """What builds plain C calls, whatever the subject."""
        return DirectSides(self.libraries.toolchain)

    def draws(self, check: str, pairs: Sequence[tuple[str, str]]) -> Draws:
        """How much a check draws for these pairs."""
        profile, subject = self.profile, self.subject
        if check == DIRECT:
            examples = self.max_examples or profile.compiled_examples
            shared = examples // len(self.compiler_pairs) if self.met else examples
            return direct_draws(self._direct, [self._pair(ids) for ids in pairs], profile, max(1, shared))
        if check == "X0-LAYOUT":
            return Draws(0, 0, 0, (Drawn((), 0),))
        sides = [side for pair in map(self._pair, pairs) for side in (pair.caller, pair.callee)]
        families = {compiler.family for compiler in sides}
        examples = profile.examples if families == {"tcc"} else profile.compiled_examples
        if "dynamic" in families:
            examples = min(profile.compiled_examples, 4)
        examples = self.max_examples or examples
        size = min(profile.bundle, API_BUNDLE) if any(API_MODE in ids for ids in pairs) else profile.bundle
        with_null = "null" in subject.rules.passable
        first = [every_kind(subject.kinds, with_null)]
        if (check == "X0-TENSOR" or subject.rules.reads_contents) and {"tensor", "i64", "f64"} <= set(subject.kinds):
            first.insert(0, every_tensor(far=True))
        if check == SKEW:
            first.insert(0, Drawn((), 0))
        if check == "X0-REPEAT":
            first.insert(0, one_signature(subject.kinds))
        only = check == "STUBS"
        if only:
            first.append(every_kind(subject.kinds, with_null, (Param(subject.kinds[0]),)))
        if self.met:  # the pairs share what one would draw
            shared = max(1, examples // len(self.compiler_pairs))
            return Draws(shared, size, profile.max_args, tuple(first[-1:]), only_sampled=only, kinds=self.drawn_kinds)
        places = every_place(size, profile.max_args, subject.kinds)
        if examples > 2 * len(places):
            first += places
            examples -= len(places)
        return Draws(
            examples,
            size,
            profile.max_args,
            tuple(first),
            long=not families & (_NOT_LONG if self.stubs == "compiled" else {"dynamic"}),
            only_sampled=only,
            kinds=self.drawn_kinds,
        )

    def bundle(self, drawn: Drawn, target: Target = HERE) -> Bundle:
        """The bundle of what was drawn as it lies on a target, shared by all checks that draw it."""
        return self._bundles.bundle(self.subject, drawn, target)

    def plan(
        self, check: str, drawn: Drawn, pairs: Sequence[tuple[str, str]]
    ) -> Plan | LayoutPlan | LoadPlan | DirectPlan:
        """The calls that a check makes of what was drawn, on pairs of one target."""
        pair = self._pair(pairs[0])
        if check == DIRECT:
            return plan_of(drawn, pair.target, strangers=are_strangers(pair.caller, pair.callee))
        if check == "X0-LAYOUT":
            return LayoutPlan(tuple(self.libraries.layout_names(pair.data)))
        if check == SKEW and not drawn.signatures:
            return LoadPlan()
        return plans.plan(check, self.bundle(drawn, pair.target))

    def plain_value(self, param: Param, place: int, salt: int = 0) -> Value:
        """Graffiti for an argument."""
        return payloads.graffiti(param, place, salt)

    def form(self, bundle: Bundle, pair: Pair) -> Form:
        """The form of stubs that makes the calls of a bundle: those of a sample are compiled, and Python's sides."""
        generic = self.stubs == "generic" or (self.stubs == "both" and not bundle.sampled)
        return "generic" if generic and not pair.is_dynamic and bundle.fits_generic else "compiled"

    def generic_sides(self, pair: Pair, release: bool = False) -> Sides:
        """The sides whose stubs read signatures from a table, for every bundle of a pair. Raises CompileError."""
        return self._built.generic(pair, release)

    def lacks(self, pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The symbols that caller and callee need of the runtime and that it does not have. Raises CompileError."""
        return self._built.lacks(pair, generic=self.stubs != "compiled")

    def sides(self, bundle: Bundle, pair: Pair, release: bool = False) -> Sides:
        """The built sides of a bundle, compiled for its signatures. Raises CompileError."""
        return self._built.compiled(bundle, pair, release)

    def fresh_sides(self, pair: Pair, signatures: Sequence[Signature], release: bool) -> Sides:
        """The two sides for these signatures, compiled or Python's own. Raises CompileError."""
        return self._built.fresh(pair, signatures, release)

    @cached_property
    def _built(self) -> KeptSides:
        """The sides that have been built, kept for some bundles."""
        return KeptSides(self.libraries, 4 * max(KEPT_BUNDLES, len(self.compiler_pairs)))

    def prove_pair(self, pair: Pair) -> None:
        """A matched direct call with each kind alone must arrive unchanged, before generic stubs are trusted.

        Where all stubs are generic, none can be made. Raises as `prove` does, and CompileError.
        """
        if self.stubs != "generic":
            drawn = every_kind(self.subject.kinds, "null" in self.subject.rules.passable)
            self.prove(self.bundle(drawn, pair.target), pair)

    def prove(self, bundle: Bundle, pair: Pair) -> None:
        """A matched direct call of every signature must arrive unchanged; raises as `Proof.prove` does."""
        self._proof.prove(bundle, pair.with_callees_headers)

    @cached_property
    def _proof(self) -> Proof:
        sides = [side for pair in self.compiler_pairs for side in (pair.caller, pair.callee)]
        return Proof(self, (self.libraries.native, *sides))

    def matrix(self) -> Iterator[tuple[str, int, Judgement]]:
        """Each declared kind under each code of the table and an unknown one, on the first pair."""
        rules, pair = self.subject.rules, self.compiler_pairs[0]
        passable = [kind for kind in rules.passable if kind in self.subject.kinds or kind == "null"]
        params = [Param(kind, TensorSpec() if kind == "tensor" else None) for kind in passable]
        bundle = self.bundle(Drawn(tuple(Signature((param,)) for param in params), 0), pair.target)
        plan = Plan(bundle, every_code(Draft(bundle)), texts=True)
        result = self.executor.run(plan, self.sides(bundle, pair), texts=True, instrumented=pair.instrumented)
        for at in range(plan.count):
            encoded = plan.encoded(at)
            judgement = execute.judge_one(plan, at, result, self.subject.claims)
            kind = bundle.signatures[encoded.callee].params[0].kind
            yield kind, dict(encoded.codes).get(0, rules.code(passable[encoded.caller])), judgement

    @property
    def mutable_parts(self) -> tuple[str, ...]:
        """The parts of a packed call that can be made to lie: stubs pass whatever they are told."""
        return Bundle.mutable_parts

    def misfit(self, case: Case) -> str:
        """Why a recorded case cannot be made with this subject; "" where it can."""
        if case.check == DIRECT:
            return ""
        subject, modes = self.subject, [mode for mode in MODES if mode not in INTERPOSED]
        conventions = [name for name in CONVENTIONS if subject.packed or name != "packed"]
        means = Means(subject.name, {*KINDS, NONE}, conventions, modes, self.mutable_parts, under_codes=True)
        return misfit(case, means)

    def specs(self, finding: Finding) -> dict[str, str]:
        """What to ask for the compilers of a finding by again, by id."""
        specs: dict[str, str] = {}
        for pair in self.compiler_pairs:
            specs |= {pair.ids[0]: pair.caller.spec, pair.ids[1]: pair.callee.spec}
        wanted = {*finding.pair, *(finding.case.get("against") or ())}
        return {name: specs[name] for name in sorted(wanted) if name in specs}

    def reproducer(self, finding: Finding) -> Mapping[str, str | bytes]:
        """The files of a stand-alone C reproducer, the subject's own C among them."""
        from conformance.engine.compiled_reproducer import direct_reproducer, reproducer  # which a green run needs not

        pair = self._pair((finding.pair[0], finding.pair[1]))
        if finding.check == DIRECT:
            return direct_reproducer(finding, pair, self.compiler_pairs, self._direct)
        missing = self.lacks(pair) if pair.versions else ()
        return reproducer(finding, pair, self.compiler_pairs, self.libraries, missing)
