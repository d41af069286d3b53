"""The kinds of plain C calls: their names, what they are made of, and what a psABI has one rule for."""

from __future__ import annotations

import pytest

from conformance.direct import psabi
from conformance.direct.draw import bundle, drawn, every_kind
from conformance.direct.kinds import (
    DOTS,
    FEATURES,
    FLEXIBLE,
    NARROW,
    SCALARS,
    STRUCTURES,
    Structure,
    atoms,
    family,
    features,
    is_known,
    parse,
    places,
    size,
    structure,
)
from conformance.model.kinds import NONE
from conformance.model.signature import Signature, parse_signature
from conformance.model.target import TARGETS


def kinds(signatures: tuple[Signature, ...]) -> list[str]:
    every = [kind for one in signatures for kind in (*(param.kind for param in one.params), one.ret)]
    return [kind for kind in dict.fromkeys(every) if kind != NONE]


DRAWN = [kind for bundle in drawn(7, 3, 32, ()) for kind in kinds(bundle.signatures)]


def test_a_name_says_what_a_structure_is_made_of() -> None:
    kind = parse("struct_i8_struct_f32_2f64_end_0i32")
    assert [(place, scalar.name) for place, scalar in places(kind, "x")] == [
        ("x.m0", "i8"), ("x.m1.m0", "f32"), ("x.m1.m1[0]", "f64"), ("x.m1.m1[1]", "f64"),
    ]  # fmt: skip
    assert isinstance(kind, Structure) and structure(kind.members).name == kind.name
    assert size(kind) == 8 + 24  # what the array without a length holds is no part of it


@pytest.mark.parametrize(
    "name", ["", "i7", "struct", "struct_", "struct_0i32_i8", "struct_struct_i8", "struct_i8_end", "struct_i8_end_i8"]
)
def test_what_names_no_kind_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="'"):
        parse(name)
    assert not is_known(name)


def test_every_kind_that_is_drawn_comes_back_from_its_name_and_is_of_a_family() -> None:
    for name in DRAWN:
        kind = parse(name)
        assert name.removeprefix("va_") == kind.name
        assert len(atoms(name)) >= 1
        assert family(name).isidentifier()
        assert not isinstance(kind, Structure) or size(kind) <= 40 + 16


@pytest.mark.parametrize(
    ("name", "its"),
    [
        ("i8", "narrow"), ("struct_i8_i64", "struct_ints"), ("struct_f32_f64", "struct_floats"),
        ("struct_f64_i32", "struct_mixed"), ("struct_3i64", "struct_large"), ("struct_3i64_0i8", "struct_flexible"),
        ("struct_i8_i128", "struct_of_int128"), ("va_struct_i8_cf32", "va_struct_of_complex"), ("f32x8", "vector32"),
    ],
)  # fmt: skip
def test_a_family_is_what_a_psabi_has_one_rule_for(name: str, its: str) -> None:
    assert family(name) == its


def test_what_a_compiler_must_have_is_told_of_each_kind() -> None:
    assert features("struct_i8_0i128") == {STRUCTURES, FLEXIBLE, "__int128"}
    assert features("va_f64") == {DOTS}
    assert features("i8") == set() == features(NONE)
    assert {feature for name in DRAWN for feature in features(name)} == set(FEATURES)


def test_each_kind_is_drawn_alone_as_argument_and_as_return() -> None:
    alone = every_kind().signatures
    arguments = {one.params[0].kind for one in alone if len(one) == 1}
    returns = {one.ret for one in alone if not len(one)}
    assert arguments >= set(SCALARS) and returns >= set(SCALARS)
    assert {family(kind) for kind in DRAWN} >= {family(kind) for kind in kinds(alone)}
    assert {size(parse(kind)) for kind in arguments if kind.startswith("struct")} >= {1, 3, 4, 8, 12, 16, 24, 40}


def test_a_seed_draws_the_same_and_another_one_something_else() -> None:
    assert list(drawn(1, 2, 8, ())) == list(drawn(1, 2, 8, ())) != list(drawn(2, 2, 8, ()))


def test_nothing_is_drawn_that_a_side_lacks() -> None:
    lacking = {STRUCTURES, FLEXIBLE, DOTS, "__int128", "_Complex", "vectors of 16 bytes", "vectors of 32 bytes"}
    _, *rest = drawn(3, 4, 32, lacking)
    assert all(not features(kind) & lacking for one in rest for kind in kinds(one.signatures))


def test_an_empty_tape_is_a_bundle_too() -> None:
    assert bundle(bytes(96 * 4), 4, frozenset()).signatures


def test_a_signature_of_theirs_has_a_text_that_is_read_back() -> None:
    for one in every_kind().signatures:
        assert parse_signature(str(one), {*kinds((one,)), NONE}) == one


@pytest.mark.parametrize("target", [*TARGETS, "another machine"])
def test_every_family_has_a_text_on_every_target(target: str) -> None:
    for name in DRAWN:
        assert psabi.text(target, family(name)).words


def test_who_extends_what_is_open_where_the_text_leaves_it_open() -> None:
    opened = {name for name in TARGETS if all(psabi.above(name, narrow).open for narrow in NARROW)}
    assert opened == {"x86-64", "i386", "aarch64"}
    assert psabi.text("s390x", "struct_flexible").open
    assert not psabi.text("x86-64", "struct_mixed").open and not psabi.text("x86-64", "int128").open
