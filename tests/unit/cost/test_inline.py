"""What is left of a convention once the callee is in sight: exact for gcc and clang, and never a matter of luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.cost import inline
from conformance.cost.disassembly import MachineCode
from conformance.cost.model import SIGHTS, CodeComparison, InlineResult, InlineTable
from conformance.model.signature import Signature, parse_signature
from conformance.rules.load import load
from conformance.toolchain import Compiler, MissingCompiler, resolve

SIGNATURES = inline.draw(0, 24)
STRUCTURES = {"dtype", "device"}


def compared(spec: str, sight: str = "unit") -> dict[str, CodeComparison]:
    table = inline.measure_one(resolve(spec), SIGNATURES, sight)
    return {comparison.convention: comparison for comparison in table.comparisons}


def each(*specs: str) -> list[object]:
    return [pytest.param(spec, marks=pytest.mark.compiler(spec.partition(":")[0]), id=spec) for spec in specs]


@pytest.mark.parametrize(
    "spec",
    each(
        "gcc:-O1", "gcc:-O2", "gcc:-O3", "clang:-O1", "clang:-O2", "gcc:-m32 -O2", "clang:-m32 -O2",
        "arm-none-eabi-gcc:-mcpu=cortex-m4 -mthumb -O2",
    ),
)  # fmt: skip
def test_plain_values_cost_nothing_in_one_unit(spec: str) -> None:
    for convention, found in compared(spec).items():
        assert found.plain_identical == found.plain > 40, (convention, found.smallest)
        assert {kind for kind, (used, same) in found.by_kind.items() if same < used} <= STRUCTURES
        assert set(found.by_kind) == set(load("tvm-packed").kinds)


@pytest.mark.parametrize("spec", each("gcc:-O2", "clang:-O2"))
def test_x1_is_always_the_direct_call_in_one_unit_on_x86_64(spec: str) -> None:
    found = compared(spec)["x1"]
    assert (found.identical, found.smallest) == (found.compared, None)


@pytest.mark.compiler("gcc")
def test_a_structure_in_a_slot_is_what_gcc_does_not_take_out() -> None:
    found = compared("gcc:-O2")["x0_checked"]
    if "12." not in resolve("gcc:-O2").version:
        pytest.skip("the listing is gcc 12's")
    assert found.identical < found.compared
    assert found.smallest is not None
    assert found.smallest.signature == "() -> device"
    assert found.smallest.direct == ("jmp body_0",)
    assert found.smallest.listing == ("sub rsp, 8", "call body_0", "add rsp, 8", "ret")
    assert (found.smallest.extra.instructions, found.smallest.extra.stores, found.smallest.extra.stack) == (3, 0, 8)


@pytest.mark.parametrize("spec", each("gcc:-O0", "clang:-O0"))
def test_nothing_is_seen_through_without_optimising(spec: str) -> None:
    for found in compared(spec).values():
        assert found.identical == 0
        assert found.smallest is not None and found.smallest.signature == "() -> none"


@pytest.mark.compiler("gcc")
def test_separate_compilation_hides_the_callee_and_lto_shows_it() -> None:
    separate, together = compared("gcc:-O2", "separate"), compared("gcc:-O2", "lto")
    for convention, found in separate.items():
        assert found.identical == 0
        assert found.extra.instructions > 0 < found.extra.stores
        assert together[convention].identical > 0.9 * found.compared


def test_signatures_come_from_the_seed_and_are_distinct() -> None:
    assert inline.draw(7, 50) == inline.draw(7, 50) != inline.draw(8, 50)
    drawn = inline.draw(7, 50)
    assert len(set(drawn)) == len(drawn) > 80
    kinds = {param.kind for one in inline.draw(7, 50, structures=False) for param in one.params}
    assert not kinds & STRUCTURES and len(kinds) == len(load("tvm-packed").kinds) - 2


@pytest.mark.compiler("gcc")
def test_the_smallest_is_found_from_a_large_one(monkeypatch: pytest.MonkeyPatch) -> None:
    large = parse_signature("(i8, f64, str, u16, handle, i32) -> device")
    table = inline.measure_one(resolve("gcc:-m32 -O2"), [large], "unit")
    smallest = table.comparisons[0].smallest
    assert smallest is not None and smallest.signature == "() -> device"


@pytest.mark.compiler("gcc")
def test_the_smallest_of_a_full_comparison_is_known_without_compiling_again(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = inline._compile
    sizes: list[int] = []

    def counted(
        compiler: Compiler, signatures: Sequence[Signature], sight: str, conventions: tuple[str, ...]
    ) -> dict[str, MachineCode]:
        sizes.append(len(signatures))
        return compiled(compiler, signatures, sight, conventions)

    monkeypatch.setattr(inline, "_compile", counted)
    found = inline.measure_one(resolve("gcc:-O0"), SIGNATURES, "unit").comparisons
    assert [one.smallest.signature for one in found if one.smallest] == ["() -> none"] * 3
    assert sizes == [len(SIGNATURES)]


@pytest.mark.compiler("gcc")
def test_the_gate_looks_at_optimised_units() -> None:
    def table(spec: str, sight: str) -> InlineTable:
        return inline.measure_one(resolve(spec), SIGNATURES[:3], sight)

    optimised = table("gcc:-O2", "unit")
    result = InlineResult(0, 3, (table("gcc:-O0", "unit"), optimised, table("gcc:-O2", "separate")), ())
    assert [found for found, _ in inline.gated(result)] == [optimised] * 3
    assert inline.fallen_below(result, 1) == []
    worse = tuple(replace(one, identical=2) for one in optimised.comparisons)
    fallen = inline.fallen_below(replace(result, tables=(replace(optimised, comparisons=worse),)), 0.9)
    assert [one.share for _, one in fallen] == [2 / 3] * 3


def test_what_is_missing_is_said_or_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingCompiler, match="apt install"):
        inline.measure(["gcc-1"], count=1)
    monkeypatch.setattr(inline, "DEFAULTS", (("gcc-1", tuple(SIGHTS)),))
    result = inline.measure([], count=1)
    assert [gap.spec for gap in result.missing] == [f"gcc-1 {way}" for way in SIGHTS.values()]
