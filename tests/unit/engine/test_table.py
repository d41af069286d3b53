"""The table of signatures that generic stubs read, and stubs bound to it beside stubs compiled for the same."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from conformance.engine import plans
from conformance.engine.arena import Arena
from conformance.engine.bundle import Bundle
from conformance.engine.compiled import CompiledTransport
from conformance.engine.compiled_start import prepare_compiled
from conformance.engine.table import MOST_SIGNATURES
from conformance.generation.strategies import Drawn, every_kind, every_place, every_tensor, long_signatures
from conformance.model.kinds import NUMBERS
from conformance.model.options import RunOptions
from conformance.model.signature import parse_signature
from conformance.model.target import TARGETS
from conformance.rules.load import load

RULES = load("tvm-packed")
CHECKS = (
    "X0-MATCH",
    "X0-TYPE",
    "X0-COUNT",
    "X0-RETURN",
    "X0-RELEASE",
    "X0-TENSOR",
    "X0-NESTED",
    "X1-MATCH",
    "X1-SILENT",
)


@pytest.mark.parametrize(("target", "order"), [("x86-64", "<"), ("s390x", ">")])
def test_the_table_says_kinds_and_tensors_in_the_order_of_the_target(target: str, order: str) -> None:
    signatures = [
        "(i32, tensor(f32,2x3)) -> f64",
        "() -> none",
        "(tensor(u8x2,4,strides=7,offset=64,device=2:1)) -> i8",
    ]
    bundle = Bundle(list(map(parse_signature, signatures)), 0, RULES.on(TARGETS[target]), Arena(target=TARGETS[target]))
    table, number = bundle.table, NUMBERS
    heads = list(struct.iter_unpack(f"{order}HHI", table.signatures))
    assert heads == [(2, number["f64"], 0), (0, number["none"], 2), (1, number["i8"], 2)]
    params = list(struct.iter_unpack(f"{order}HH", table.params))
    assert [kind for kind, _ in params] == [number["i32"], number["tensor"], number["tensor"]]
    specs = list(struct.iter_unpack(f"{order}BBHiiiQII", table.specs))
    dims = [one for (one,) in struct.iter_unpack(f"{order}q", table.dims)]
    plain, other = (specs[params[at][1]] for at in (1, 2))
    assert plain[:7] == (2, 32, 1, 1, 0, 2, 0)
    assert dims[plain[7] : plain[7] + 2] == [2, 3]
    assert plain[8] == 0xFFFF_FFFF
    assert other[:7] == (1, 8, 2, 2, 1, 1, 64)
    assert (dims[other[7]], dims[other[8]]) == (4, 7)


def test_more_signatures_than_there_are_entries_do_not_fit() -> None:
    params = [", ".join(["i8"] * count) for count in range(MOST_SIGNATURES + 1)]
    signatures = [parse_signature(f"({one}) -> none") for one in params]
    assert Bundle(signatures[:-1], 0, RULES, Arena()).fits_generic
    assert not Bundle(signatures, 0, RULES, Arena()).fits_generic


@pytest.fixture(scope="module")
def made() -> Iterator[CompiledTransport]:
    transport = prepare_compiled(RunOptions(compilers=("tcc",)))
    yield transport
    transport.close()


@pytest.mark.parametrize("check", CHECKS)
def test_both_forms_leave_the_same_bytes(made: CompiledTransport, check: str) -> None:
    kinds, pair = made.subject.kinds, made.compiler_pairs[0]
    drawn = [every_kind(kinds, with_null=True), every_tensor(far=True), every_place(32, 16, tuple(kinds))[3]]
    for one in (*drawn, long_signatures(1, kinds)):
        bundle = made.bundle(Drawn(one.signatures, one.salt))
        plan = plans.plan(check, bundle)
        compiled = made.executor.run(plan, made.fresh_sides(pair, bundle.signatures, plan.release))
        generic = made.executor.run(plan, made.generic_sides(pair, plan.release))
        assert compiled.records == generic.records
        assert compiled.witness == generic.witness
