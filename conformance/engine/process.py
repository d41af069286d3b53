"""A subject written in Python: its variants, and what carries calls to its process."""

from __future__ import annotations

import platform
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import conformance
from conformance.checks import BLIND, CHECKS, SubjectFacts, is_release, planned
from conformance.checks.columns import Rows
from conformance.checks.draft import Draft
from conformance.checks.every_code import every_code
from conformance.engine import exchanges
from conformance.engine.carrier import (
    Carrier,
    Draws,
    NotBuilt,
    Tally,
    UsageProblem,
)
from conformance.engine.compiled import CompiledTransport
from conformance.engine.compiled_carrier import CompiledCarrier
from conformance.engine.compiled_start import prepare_compiled
from conformance.engine.encoded_calls import EncodedCall
from conformance.engine.exchanges import Exchange, ExchangePlan, exchange_of
from conformance.engine.libraries import Versions
from conformance.engine.misfit import Means, misfit
from conformance.engine.packed import packed
from conformance.engine.planned_call import PlannedCall, sendable
from conformance.engine.planned_calls import planned_calls
from conformance.engine.plans import of_encoded
from conformance.engine.process_carrier import ProcessCarrier, ProcessPlan, Variant
from conformance.engine.process_skew import ProcessSkew
from conformance.engine.replies import Judged, Unpacked, judged
from conformance.engine.skew import CHECK as SKEW
from conformance.engine.skew import LOADS, NO_VERSION
from conformance.engine.values import ValueBundle, handles_lead, value
from conformance.generation.payloads import RESULT_PLACE
from conformance.generation.profiles import PROFILES, Profile
from conformance.generation.strategies import Drawn, every_kind, every_tensor
from conformance.model.case import INTERPOSED, Case
from conformance.model.facts import RunFacts
from conformance.model.kinds import KINDS, NONE
from conformance.model.options import RunOptions
from conformance.model.outcome import Finding
from conformance.model.signature import Param, Signature, TensorSpec
from conformance.model.subject import LOAD
from conformance.model.target import HERE
from conformance.model.value import Value
from conformance.oracle.judge import Judgement
from conformance.subjects.called import CalledSubject
from conformance.toolchain.compilers import discover
from conformance.transport.process.client import (
    Batch,
    DeclareError,
    ProcessError,
)

KEPT_BATCHES = 32
"""Batches that are kept declared, so that all checks of a run draw on one compile."""

QUICK_BUNDLE = 16
"""Signatures of a bundle in the quick profile: calls to a process are a thousand times slower than to stubs."""


class ProcessTransport:
    """A subject in processes of its own. Make it with `prepare_process`, and `close` it."""

    def __init__(
        self, options: RunOptions, variants: Sequence[Variant], alone: Callable[[str, str], Variant] | None = None
    ) -> None:
        """`alone` starts a process that is all of one version, by a compiler, where versions of headers are chosen."""
        self._options = options
        self._start_alone = alone
        self._alone: dict[tuple[str, str], Variant] = {}
        self.profile: Profile = PROFILES[options.profile]
        self.variants = tuple(variants)
        self._batches: OrderedDict[tuple[str, Versions | None, tuple[Signature, ...], bool], Batch] = OrderedDict()
        self._reference: CompiledTransport | None = None

    @property
    def subject(self) -> CalledSubject:
        """The subject, as the first variant has it."""
        return self.variants[0].subject

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The ids of caller and callee of every variant."""
        return tuple(variant.ids for variant in self.variants)

    @property
    def fixed(self) -> tuple[Signature, ...]:
        """The only signatures that can be declared; empty where any can."""
        return self.subject.fixed

    @property
    def hang_ms(self) -> int:
        """How many milliseconds a call may go on without an end: what the subject says, else the profile's."""
        return self.subject.about.hang_ms or self.profile.hang_ms

    @property
    def facts(self) -> RunFacts:
        """What a result says of the run."""
        about, pairs = self.subject.about, self.pairs
        notes = {"limits": about.limits, "old names": self.variants[0].process.renamed}
        target, ours = f"{platform.machine()}-linux", conformance.__version__
        sides = {pairs[0][0]: ours} | dict.fromkeys((callee for _, callee in pairs), about.version)
        if not self.subject.has_callees:
            sides = {pairs[0][0]: about.version, pairs[0][1]: ours}
        built = {
            side: {"built": version}
            for variant in self.variants
            for side, version in zip(variant.ids, variant.versions or (), strict=False)
            if side.endswith(f"@{version}")
        }
        return RunFacts(
            subject={
                "name": about.name,
                "version": about.version,
                "convention": "packed",
                "versions": dict(about.versions),
            },
            compilers=tuple(
                {"id": side, "spec": side, "version": version, "target": target, **built.get(side, {})}
                for side, version in sides.items()
            ),
            pairs=pairs,
            notes={name: "; ".join(lines) for name, lines in notes.items() if lines},
        )

    def close(self) -> None:
        """Ends the processes."""
        for variant in (*self.variants, *self._alone.values()):
            variant.process.close()
        if self._reference is not None:
            self._reference.close()

    def not_applicable(self, check: str) -> str | None:
        """Why a check does not apply to the subject, None where it does."""
        subject, about = self.subject, self.subject.about
        if check == SKEW:
            return None if self._start_alone else NO_VERSION
        facts = SubjectFacts(
            subject.name,
            subject.convention,
            subject.rules,
            subject.kinds,
            compiled=False,
            mutable_parts=tuple(about.mutable_parts),
            checks=tuple(about.checks),
            has_callees=subject.has_callees,
            takes=tuple(about.takes),
        )
        return CHECKS[check].applies_to(facts)

    def groups_of_pairs(self, check: str) -> tuple[tuple[tuple[str, str], ...], ...]:  # noqa: ARG002 - all alike
        """The pairs that a check is held on: each variant by itself."""
        return tuple((ids,) for ids in self.pairs)

    def carriers(self, check: str, pairs: Sequence[tuple[str, str]]) -> tuple[Carrier, ...]:
        """What carries calls to these variants."""
        if check == SKEW:
            return tuple(self._skew(variant) for variant in self.variants if variant.ids in pairs)
        return tuple(ProcessCarrier(self, variant) for variant in self.variants if variant.ids in pairs)

    def _skew(self, variant: Variant) -> ProcessSkew:
        """A variant of several versions, held against what is all of one: the caller's, the callee's, the runtime's."""
        versions = dict.fromkeys(variant.versions or ())
        return ProcessSkew(
            ProcessCarrier(self, variant),
            [ProcessCarrier(self, self.alone(version, variant.spec)) for version in versions],
        )

    def alone(self, version: str, spec: str) -> Variant:
        """The subject with all of one version, by a compiler where it is made by one; started once."""
        assert self._start_alone is not None
        if (version, spec) not in self._alone:
            self._alone[version, spec] = self._start_alone(version, spec)
        return self._alone[version, spec]

    def draws(self, check: str, pairs: Sequence[tuple[str, str]]) -> Draws:
        """How much a check draws."""
        profile, subject = self.profile, self.subject
        if check == SKEW and not self._calls_tell(pairs):
            return Draws(0, 0, 0, (Drawn((), 0),))
        # Where only certain signatures can be declared, another bundle is the same calls with other values.
        usual = 2 if subject.fixed else max(2, profile.compiled_examples // 2)
        first = [every_kind(subject.kinds, "null" in subject.rules.passable)]
        if check == "X0-TENSOR" and "tensor" in subject.kinds:
            first.insert(0, every_tensor())
        if check == SKEW:
            first.insert(0, Drawn((), 0))
        size = min(profile.bundle, QUICK_BUNDLE) if profile.name == "quick" else profile.bundle
        most = min(profile.max_args, subject.about.max_args)
        return Draws(self._options.max_examples or usual, size, most, tuple(first))

    def _calls_tell(self, pairs: Sequence[tuple[str, str]]) -> bool:
        """Whether calls on one of these pairs show what no other pair shows: caller and callee are of one version.

        Calls are made on the wire, which is built against no headers: a pair of two versions would repeat what the pair
        of the callee's version alone has shown.
        """
        found = [variant.versions for variant in self.variants if variant.ids in pairs and variant.versions]
        return any(versions.caller == versions.callee for versions in found)

    def plan(
        self,
        check: str,
        drawn: Drawn,
        pairs: Sequence[tuple[str, str]],
    ) -> ProcessPlan | ExchangePlan:
        """The calls that a check makes of what was drawn."""
        if check == SKEW and not drawn.signatures:
            about = self.subject.about
            return exchanges.planned(about.exchanges, about.numbers, about.interposed)
        bundle = ValueBundle(drawn.signatures, drawn.salt, self.subject)
        by_packer = tuple(packed(bundle)) if check == "X0-MATCH" else ()
        plan = _made(bundle, planned(check, bundle), by_packer, is_release(check), check == BLIND)
        return self._known_everywhere(plan, pairs) if check == SKEW else plan

    def _known_everywhere(self, plan: ProcessPlan, pairs: Sequence[tuple[str, str]]) -> ProcessPlan:
        """The calls of a plan whose values are of kinds that all versions of these pairs have; the rest is counted."""
        variants = [variant for variant in self.variants if variant.ids in pairs]
        meet = {(version, variant.spec) for variant in variants for version in variant.versions or ()}
        kinds = [frozenset(self.alone(*each).subject.kinds) for each in sorted(meet)]
        some = frozenset[str]().union(*kinds) - kinds[0].intersection(*kinds)
        kept = tuple(planned_call for planned_call in plan.planned_calls if some.isdisjoint(planned_call.kinds))
        if len(kept) == len(plan.planned_calls):
            return plan
        why = f"not all versions have {', '.join(sorted(some))}"
        return replace(
            plan, planned_calls=kept, left_out=plan.left_out + len(plan.planned_calls) - len(kept), why=plan.why or why
        )

    def plain_value(self, param: Param, place: int, salt: int = 0) -> Value:
        """Graffiti for an argument or a result, or a text of a kind that the runtime alone has."""
        leads = place != RESULT_PLACE and handles_lead(self.subject)
        return value(self.subject.rules, param, place, salt, leads=leads)

    def batch(self, variant: Variant, signatures: tuple[Signature, ...], release: bool) -> Batch:
        """Callees for these signatures, declared once for all checks. Raises NotBuilt."""
        key = (variant.spec, variant.versions, signatures, release)
        found = self._batches.get(key)
        if found is None:
            try:
                found = self._batches[key] = variant.process.declare(signatures, release)
            except DeclareError as error:
                raise NotBuilt(f"some bundles cannot be declared: {str(error).splitlines()[-1]}") from None
            while len(self._batches) > KEPT_BATCHES:
                self._batches.popitem(last=False)
        return found

    def unpacked(self, pairs: Sequence[Unpacked], salt: int) -> Tally:
        """What the reference's unpacked convention makes of the same mistakes: counts by class and verdict."""
        if not pairs:
            return Counter()
        if self._reference is None:
            first = tuple(compiler.spec for compiler in discover()[:1])  # the embedded one, if it is there
            self._reference = prepare_compiled(RunOptions(subject="reference", compilers=first))
        reference = self._reference
        signatures = tuple(dict.fromkeys(side for passed, declared, _ in pairs for side in (passed, declared)))
        place = {signature: at for at, signature in enumerate(signatures)}
        bundle = reference.bundle(Drawn(signatures, salt), HERE)
        encoded_calls = [
            EncodedCall(place[passed], place[declared], "unpacked", mismatch) for passed, declared, mismatch in pairs
        ]
        encoded_calls.sort(key=lambda encoded: encoded.callee)
        carrier = CompiledCarrier(reference, reference.compiler_pairs[0])
        return carrier.examine("X1-SILENT", of_encoded(bundle, encoded_calls, texts=False)).tally

    def matrix(self) -> Iterator[tuple[str, int, Judgement]]:
        """Each declared kind under each code of the table and an unknown one. Raises UsageProblem for a packer."""
        subject = self.subject
        if not subject.has_callees:
            raise UsageProblem(f"{subject.name} is a packer and has no callees to show; run: abi-conformance run")
        alone = [Signature((Param(kind, TensorSpec() if kind == "tensor" else None),)) for kind in subject.kinds]
        if subject.fixed:
            alone = [signature for signature in subject.fixed if len(signature) == 1]
        alone = list({signature.params[0].kind: signature for signature in reversed(alone)}.values())[::-1]
        bundle, variant = ValueBundle(tuple(alone), 0, subject), self.variants[0]
        batch, plan = self.batch(variant, bundle.declared, release=False), _made(bundle, every_code(Draft(bundle)))
        for call in judged(variant.process, batch, plan.planned_calls, variant.promise, self.hang_ms):
            if isinstance(call, Judged):
                yield call.declared.params[0].kind, call.planned_call.call.slots[0].code, call.judgement

    @property
    def mutable_parts(self) -> tuple[str, ...]:
        """The parts of a packed call that can be made to lie, as the subject says."""
        return tuple(self.subject.about.mutable_parts)

    def misfit(self, case: Case) -> str:
        """Why a recorded case cannot be made with this subject; "" where it can."""
        subject, about = self.subject, self.subject.about
        means = Means(
            subject.name,
            kinds={*KINDS, NONE, *subject.rules.custom_kinds, *about.exchanges},
            conventions=("packed",),
            modes=("plain", "concurrent", *INTERPOSED),
            parts=about.mutable_parts,
            callees=subject.has_callees,
            takes=bool(about.takes),
            packs=bool(about.packs),
        )
        return misfit(case, means)

    def specs(self, finding: Finding) -> dict[str, str]:
        """What to ask for the compiler of a finding by again, by id."""
        variant = next(variant for variant in self.variants if set(variant.ids) == set(finding.pair))
        return {variant.ids[1]: variant.spec} if variant.spec else {}

    def reproducer(self, finding: Finding) -> Mapping[str, str | bytes]:
        """The files of the subject's own stand-alone reproducer; a note where it cannot write one."""
        variant = next(variant for variant in self.variants if set(variant.ids) == set(finding.pair))
        case = Case.from_json(finding.case)
        exchange = exchange_of(case)
        try:
            if case.mismatch.cls == "layout":
                return self._load_reproducer(variant, LOADS.index(case.mismatch.declared))
            if exchange is not None:
                return self._exchange_reproducer(variant, exchange)
            return dict(variant.process.reproducer(case))
        except ProcessError as error:  # what it would have shown is in the case all the same
            return {"no-reproducer.txt": f"The subject could not write one:\n\n{error}\n"}

    def _exchange_reproducer(self, variant: Variant, exchange: Exchange) -> dict[str, str]:
        """The files of a program that makes an exchange, and of what must be read of it."""
        assert variant.versions is not None
        built = {version: self.alone(version, variant.spec).headers for version in dict.fromkeys(variant.versions)}
        made_by, read_by, runtime = (built[version] for version in variant.versions)
        due = self._skew(variant).due(exchange)
        return dict(variant.process.exchange_reproducer(*exchange, made_by, read_by, runtime, due))

    def _load_reproducer(self, variant: Variant, side: int) -> dict[str, str]:
        """The files of a program that loads a side with all that it needs."""
        assert variant.versions is not None
        versions = variant.versions[side], variant.versions.runtime
        built, runtime = (self.alone(version, variant.spec).headers for version in versions)
        return dict(variant.process.exchange_reproducer(LOAD, 0, "local", built, built, runtime, ""))


def _made(
    bundle: ValueBundle, rows: Rows, by_packer: tuple[PlannedCall, ...] = (), release: bool = False, aside: bool = False
) -> ProcessPlan:
    every = (*planned_calls(bundle, rows), *by_packer)
    allowed, why = sendable(bundle.rules, bundle.declared, every)
    return ProcessPlan(bundle, allowed, release, aside, len(every) - len(allowed), why)
