"""Draws the calls that detectors are shown: wrong in one way each, by mismatch class, and matched ones beside them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator

from conformance.checks.columns import CLASS_NAMES
from conformance.engine import encoded_calls, plans
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.plans import Plan
from conformance.generation.search import drawn_in
from conformance.generation.strategies import every_kind, every_tensor
from conformance.model.case import Case
from conformance.model.signature import Signature
from conformance.model.value import Value
from conformance.subjects.manifest import BuiltSubject

CHECKS = ("X1-SILENT", "X1-WRITE")
"""Whose calls are taken: they have every mismatch that both conventions, and a direct call, can have."""

MAX_ARGS = 8
_BUNDLES, _SIZE = 6, 48
_PAIR = ("caller", "callee")

Types = tuple[Signature, Signature]


def draw(subject: BuiltSubject, seed: int, per_class: int) -> tuple[Case, ...]:
    """Up to `per_class` calls of every mismatch class, then a matched call of each callee that is in one of them.

    No two of a class have the same declared and passed signature. They are chosen by chance from all that were drawn,
    so that signatures of every length are among them.
    """
    pool: dict[str, dict[Types, Case]] = defaultdict(dict)
    right: dict[Signature, Case] = {}
    pick = random.Random(seed)  # noqa: S311 - nothing secret
    for bundle in _bundles(subject, seed):
        for check in CHECKS:
            plan = plans.plan(check, bundle)
            for at in _places(plan, pick, 2 * per_class):
                encoded = plan.encoded(at)
                case = encoded_calls.case(bundle, encoded, "", _PAIR)
                if _can_be_spelled(case):
                    pool[case.mismatch.cls].setdefault((case.declared, case.passed), case)
                    right[case.declared] = encoded_calls.case(
                        bundle, encoded_calls.matched(encoded.callee, "unpacked"), "", _PAIR
                    )
    wrong = []
    for cls in CLASS_NAMES:
        cases = list(pool[cls].values())
        wrong += pick.sample(cases, min(per_class, len(cases)))
    used = dict.fromkeys(case.declared for case in wrong)
    return (*wrong, *(right[declared] for declared in used))


def _bundles(subject: BuiltSubject, seed: int) -> Iterator[Bundle]:
    drawn = drawn_in(
        1,
        1,
        first=(every_kind(subject.kinds, False), every_tensor()),
        long=False,
        examples=_BUNDLES,
        seed=seed,
        size=_SIZE,
        max_args=MAX_ARGS,
        kinds=subject.kinds,
        with_null=False,
    )
    for found in drawn:
        yield Bundle(found.signatures, found.salt, subject.rules, Arena(), subject.packed)


def _places(plan: Plan, pick: random.Random, per_class: int) -> Iterator[int]:
    """The places in a plan of some calls of every class, chosen by chance."""
    by_class: dict[int, list[int]] = defaultdict(list)
    for at, cls in enumerate(plan.rows["cls"].tolist()):
        by_class[cls].append(at)
    for cls in sorted(by_class):
        places = by_class[cls]
        yield from pick.sample(places, min(len(places), per_class))


def _can_be_spelled(case: Case) -> bool:
    """Whether the call can stand in a plain program: no pointer leads to the harness's own pages."""

    def plain(value: Value) -> bool:
        return not (value.guarded or value.unread or value.released)

    return all(map(plain, (*case.payload, case.result)))
