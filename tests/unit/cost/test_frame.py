"""Frame bytes: exact for the compilers that the figures are known of, and found three ways by all."""

from __future__ import annotations

import pytest

from conformance.cost import frame
from conformance.cost.claims import frame_claims
from conformance.cost.model import CONVENTIONS, FrameResult, FrameTable, Line
from conformance.toolchain import BadSpec, MissingCompiler, resolve

FEW = (0, 1, 2, 3, 4, 8, 16, 32)
PLAIN_I386 = "gcc:-m32 -O2 -fno-stack-protector -mpreferred-stack-boundary=2"
CORTEX = "-mcpu=cortex-m4 -mthumb -O2"


def measured(spec: str, counts: tuple[int, ...] = FEW) -> FrameTable:
    return frame.measure_one(resolve(spec), counts)


def sizes(table: FrameTable, convention: str) -> list[int]:
    (curve,) = (curve for curve in table.curves if curve.convention == convention)
    return [one.bytes for one in curve.frames]


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(spec, marks=pytest.mark.compiler(spec.partition(":")[0]), id=spec)
        for spec in (
            "gcc:-O0", "gcc:-O2", "gcc:-O3", "gcc:-Os", "gcc:-m32 -O0", "gcc:-m32 -O2", PLAIN_I386,
            "clang:-O0", "clang:-O2", "clang:-m32 -O0", "clang:-m32 -O2",
            f"arm-none-eabi-gcc:{CORTEX}", f"clang:--target=arm-none-eabi {CORTEX}",
        )
    ],
)  # fmt: skip
def test_all_ways_lead_to_the_same_figure(spec: str) -> None:
    table = measured(spec)
    for curve in table.curves:
        assert [one.n for one in curve.frames] == list(FEW)
        for one in curve.frames:
            assert one.agrees, (curve.convention, one)
            assert one.parts.total == one.bytes
            assert 0 <= one.parts.alignment < table.configuration.boundary
            assert (one.painted is None) == bool(table.unpainted)
    if table.configuration.machine == "x86_64":
        assert not table.unpainted


@pytest.mark.compiler("gcc")
def test_what_an_i386_call_takes_without_alignment() -> None:
    table = measured(PLAIN_I386)
    if "12." not in table.configuration.version:
        pytest.skip("the figures are gcc 12's")
    assert sizes(table, "direct") == [8, 12, 16, 20, 24, 40, 72, 136]
    assert sizes(table, "x0_checked") == sizes(table, "x0_release") == [44, 56, 68, 80, 92, 140, 236, 428]
    assert sizes(table, "x1_copied") == [32, 40, 48, 56, 64, 96, 160, 288]
    assert sizes(table, "x1_addressed") == sizes(table, "x1_passed") == [32, 36, 40, 44, 48, 64, 96, 160]
    lines = {curve.convention: curve.compiled for curve in table.curves}
    assert lines["x0_checked"] == Line(12, 44, 0)
    assert lines["x1_copied"] == Line(8, 32, 0)
    # All of it is accounted for, to the byte.
    assert all(one.parts.alignment == one.parts.other == 0 for curve in table.curves for one in curve.frames)


@pytest.mark.compiler("gcc")
def test_alignment_hides_the_steps_and_can_be_taken_away() -> None:
    table = measured("gcc:-m32 -O2 -fno-stack-protector")
    if "12." not in table.configuration.version:
        pytest.skip("the figures are gcc 12's")
    assert sizes(table, "x0_checked") == [64, 80, 96, 96, 112, 160, 256, 448]
    (curve,) = (curve for curve in table.curves if curve.convention == "x0_checked")
    assert (curve.unaligned.slope, curve.unaligned.worst) == (12, 0)
    assert curve.compiled.worst > 0


@pytest.mark.compiler("gcc")
def test_the_claims_beside_what_is_measured() -> None:
    table = measured(PLAIN_I386)
    claims = {(claim.id, claim.claimed.intercept): claim for claim in frame_claims(FrameResult((table,), ()))}
    assert set(claims) == {("C2", 20), ("C3", 4), ("C3", 20)}
    packed, unpacked = claims["C2", 20], claims["C3", 4]
    assert packed.slope_holds and unpacked.slope_holds
    assert not packed.intercept_holds and not unpacked.intercept_holds
    assert (packed.model, packed.stated) == (56, (84,))
    assert (unpacked.model, unpacked.stated) == (28, (44,))
    assert packed.model + sum(packed.left_out.values()) == packed.measured
    assert "12 bytes an argument, as claimed" in packed.answer


def test_a_line_by_least_squares() -> None:
    assert frame.fit([0, 1, 2], [20, 32, 44]) == Line(12, 20, 0)
    assert frame.fit([0, 1, 2, 3], [16, 16, 32, 32]) == Line(6.4, 14.4, 4.8)
    assert frame.fit([5], [48]) == Line(0, 48, 0)
    assert Line(12, 20, 0).at(3) == 56


@pytest.mark.compiler("gcc")
def test_one_run_is_like_the_other() -> None:
    assert measured("gcc:-O2", (0, 3)) == measured("gcc:-O2", (0, 3))
    assert {curve.convention for curve in measured("gcc:-O2", (2,)).curves} == set(CONVENTIONS)


def test_what_is_missing_is_said_or_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingCompiler, match="apt install"):
        frame.measure(["gcc-1"])
    monkeypatch.setattr(frame, "DEFAULTS", ("gcc-1:-O2",))
    (gap,) = frame.measure([]).missing
    assert gap.spec == "gcc-1:-O2" and "apt install gcc-1" in gap.reason


def test_what_cannot_be_measured_is_one_sentence() -> None:
    with pytest.raises(BadSpec, match="name gcc or clang"):
        frame.measure(["dynamic"])
