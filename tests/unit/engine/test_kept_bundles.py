"""The bundles of a run are shared by its checks and pairs, also where an arena fills up between them."""

from __future__ import annotations

import pytest

from conformance.engine.kept_bundles import KEPT_BUNDLES, KeptBundles
from conformance.generation.strategies import Drawn
from conformance.model.signature import parse_signature
from conformance.model.target import HERE
from conformance.subjects.manifest import BuiltSubject, load_subject


@pytest.fixture(scope="module")
def subject() -> BuiltSubject:
    return load_subject("reference")


def drawn(salt: int) -> Drawn:
    return Drawn((parse_signature("(i8, f64) -> i32"),), salt)


def fill(kept: KeptBundles, subject: BuiltSubject, salt: int) -> None:
    kept.bundle(subject, drawn(salt), HERE).arena.memo.update((("filled", n), n) for n in range(200_000))


def test_what_was_drawn_is_one_bundle(subject: BuiltSubject) -> None:
    kept = KeptBundles()
    first = kept.bundle(subject, drawn(1), HERE)
    assert kept.bundle(subject, drawn(1), HERE) is first
    assert kept.bundle(subject, drawn(2), HERE) is not first


def test_a_full_arena_takes_no_other_bundle_but_keeps_its_own(subject: BuiltSubject) -> None:
    kept = KeptBundles()
    first = kept.bundle(subject, drawn(1), HERE)
    fill(kept, subject, 1)
    second = kept.bundle(subject, drawn(2), HERE)
    assert second.arena is not first.arena
    assert kept.bundle(subject, drawn(1), HERE) is first


def test_the_arena_before_the_last_two_goes_with_its_bundles(subject: BuiltSubject) -> None:
    kept = KeptBundles()
    first = kept.bundle(subject, drawn(1), HERE)
    fill(kept, subject, 1)
    second = kept.bundle(subject, drawn(2), HERE)
    fill(kept, subject, 2)
    kept.bundle(subject, drawn(3), HERE)
    assert kept.bundle(subject, drawn(2), HERE) is second
    assert kept.bundle(subject, drawn(1), HERE) is not first


def test_the_oldest_bundle_goes_where_there_are_too_many(subject: BuiltSubject) -> None:
    kept = KeptBundles()
    made = [kept.bundle(subject, drawn(salt), HERE) for salt in range(KEPT_BUNDLES + 1)]
    assert kept.bundle(subject, drawn(1), HERE) is made[1]
    assert kept.bundle(subject, drawn(0), HERE) is not made[0]
