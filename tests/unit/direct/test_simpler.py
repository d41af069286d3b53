"""What is simpler than a plain C call, and that looking for it comes to an end at the smallest."""

from __future__ import annotations

from collections.abc import Callable

from conformance.direct import simpler
from conformance.direct.draw import signature
from conformance.direct.kinds import is_known, is_variadic
from conformance.direct.plan import matched, upper_bits
from conformance.model.case import Case
from conformance.model.signature import Signature
from conformance.model.target import TARGETS


def shrunk(case: Case, shows: Callable[[Signature], bool]) -> Signature:
    """The simplest signature that still shows something, as the engine looks for it."""
    while True:
        size = simpler.size(case)
        found = sorted((one for one in simpler.candidates(case) if simpler.size(one) < size), key=simpler.size)
        case = next((one for one in found if shows(one.declared)), case)
        if simpler.size(case) == size:
            return case.declared


def kinds(one: Signature) -> list[str]:
    return [*(param.kind for param in one.params), one.ret]


LONG = matched(
    signature(["u128", "struct_i8_struct_f32_3f64_end_i128"], "cf64", "va_struct_3i8_f64", ret="struct_2i64_cf32"), 3
)


def test_every_candidate_is_a_call_that_c_allows() -> None:
    for one in simpler.candidates(LONG):
        names = kinds(one.declared)
        assert all(map(is_known, names))
        assert not one.declared.params or not is_variadic(names[0])
        assert [value.kind for value in one.payload] == names[:-1]
        assert one.result.kind == one.declared.ret


def test_a_call_shrinks_to_what_shows_alone() -> None:
    assert str(shrunk(LONG, lambda one: any("i128" in kind for kind in kinds(one)))) == "(i128) -> none"
    assert str(shrunk(LONG, lambda one: "2i64" in one.ret)) == "() -> struct_2i64"
    assert str(shrunk(LONG, lambda one: any("struct" in kind for kind in kinds(one)[:-1]))) == "(struct_i8) -> none"
    assert str(shrunk(LONG, lambda one: any(is_variadic(kind) for kind in kinds(one)))) == "(i32, va_i32) -> none"


def test_values_become_plain_too() -> None:
    plain = [one for one in simpler.candidates(LONG) if one.declared == LONG.declared]
    assert plain and min(map(simpler.size, plain)) < simpler.size(LONG)


def test_a_call_about_what_lies_above_is_as_simple_as_it_is() -> None:
    assert all(not list(simpler.candidates(case)) for case in upper_bits(TARGETS["x86-64"]))
