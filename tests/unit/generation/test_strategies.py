"""What is drawn: the same for the same seed whatever else is imported, long and mixed as well as tiny."""

from __future__ import annotations

import subprocess
import sys
from math import isnan
from pathlib import Path
from struct import unpack

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from conformance.generation import payloads
from conformance.generation.strategies import Drawn, bundles, every_place, every_tensor, long_signatures
from conformance.model.kinds import DECLARABLE, KINDS
from conformance.model.signature import MAX_ARGS, Param, TensorSpec, parse_dtype, parse_tensor
from conformance.model.value import Value
from conformance.oracle.bits import is_nan
from conformance.oracle.mismatch import tensor
from conformance.rules.load import load

DRAW = """
import sys
sys.path.insert(0, {folder!r})
{extra}
import hashlib, hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from conformance.generation.strategies import bundles
from conformance.model.kinds import DECLARABLE
digest = hashlib.sha256()
@hypothesis.seed(7)
@settings(max_examples=12, database=None, phases=[Phase.generate], deadline=None,
          suppress_health_check=list(HealthCheck))
@given(bundles(16, 16, DECLARABLE, True))
def draw(drawn):
    digest.update(repr(drawn).encode())
draw()
print(digest.hexdigest())
"""


def drawn_by(seed: int, examples: int, size: int = 32, max_args: int = 16) -> list[Drawn]:
    """The bundles of one seed."""
    found: list[Drawn] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(bundles(size, max_args, DECLARABLE, with_null=True))
    def collect(drawn: Drawn) -> None:
        found.append(drawn)

    collect()
    return found


def test_draws_do_not_depend_on_local_constants_or_hash_seeds(tmp_path: Path) -> None:
    # Hypothesis mixes constants of local modules into integers, texts and bytes.
    (tmp_path / "constants.py").write_text("A = 123456789\nB = b'xyzzy' * 16\nC = 'plugh'\nD = 3.25\n")
    outputs = set()
    for extra, hash_seed in (("", "0"), ("import constants", "1")):
        script = DRAW.format(folder=str(tmp_path), extra=extra)
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_a_quick_run_meets_tiny_and_long_signatures_and_every_neighbourhood() -> None:
    signatures = {signature for drawn in drawn_by(3, 32) for signature in drawn.signatures}
    lengths = {len(signature) for signature in signatures}
    assert {0, 1, 2, 3, 4, 16} <= lengths
    neighbours = {(a.kind, b.kind) for s in signatures for a, b in zip(s.params, s.params[1:], strict=False)}
    assert len(neighbours) > 0.9 * len(DECLARABLE) ** 2


def test_every_place_has_each_kind_once_at_each_position_of_each_length() -> None:
    drawn = every_place(32, 16, DECLARABLE)
    signatures = [signature for one in drawn for signature in one.signatures]
    places = [(len(s.params), at, param.kind) for s in signatures for at, param in enumerate(s.params)]
    assert sorted(places) == sorted((n, at, kind) for n in range(1, 17) for at in range(n) for kind in DECLARABLE)
    assert {len(one.signatures) for one in drawn[:-1]} == {32}
    neighbours = {(a.kind, b.kind) for s in signatures for a, b in zip(s.params, s.params[1:], strict=False)}
    assert len(neighbours) > 0.75 * len(DECLARABLE) ** 2  # 285 of 361 where there are 19 kinds
    assert max(len(s.params) for one in every_place(8, 5, DECLARABLE) for s in one.signatures) == 5


def test_bundles_of_one_seed_hardly_repeat_each_other() -> None:
    drawn = [signature for one in drawn_by(5, 20) for signature in one.signatures]
    assert len(set(drawn)) > 0.85 * len(drawn)


def test_nightly_reaches_sixty_four_arguments() -> None:
    assert max(len(s) for one in drawn_by(1, 40, 64, 64) for s in one.signatures) == 64


def test_graffiti_tell_argument_and_offset() -> None:
    seen = set()
    for place in range(64):
        raw = payloads.graffiti_bits(place, 0).to_bytes(8, "little")
        for offset in range(0, 8, 2):
            seen.add(raw[offset])
    assert len(seen) == 256


def test_graffiti_floats_are_numbers() -> None:
    for place in range(64):
        for salt in range(payloads.SALTS + 7):
            for kind in ("f64", "f32", "f16"):
                assert not is_nan(payloads.graffiti(Param(kind), place, salt).bits, KINDS[kind].width)


def test_boundaries_fit_their_kinds_and_name_the_dangerous_values() -> None:
    for kind in DECLARABLE:
        for value in payloads.boundaries(kind):
            assert value.bits < 2 ** (8 * KINDS[kind].width)
    bits = {value.bits for value in payloads.boundaries("i64")}
    assert {2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 0} <= bits
    assert {1 << 63, 0x7FF0000000000001, 1} <= {value.bits for value in payloads.boundaries("f64")}


SPECS = (TensorSpec(), TensorSpec(shape=()), TensorSpec(shape=(0, 3)), TensorSpec(strides=(9, 2)))


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_near_tensors_differ_in_every_field_and_some_only_look_otherwise(spec: TensorSpec) -> None:
    rules = load("tvm-packed")
    classes = {tensor(value, spec, rules) for value in (*payloads.near_tensors(spec), *payloads.odd_tensors(spec))}
    due: set[str | None] = {"tensor-dtype", "tensor-lanes", "tensor-ndim", "tensor-offset", "tensor-device"}
    due |= {"tensor-shape", "tensor-null"} if spec.shape else set()
    due |= set() if spec.is_empty else {"tensor-data"}
    due |= {"tensor-strides"} if spec.shape and not spec.is_empty else {None}
    assert classes == due | ({None} if spec.shape and spec.strides is None else set())


def test_the_strides_of_an_empty_tensor_are_a_policy() -> None:
    spec, strided = TensorSpec(shape=(0, 3)), Value("tensor", tensor=TensorSpec(shape=(0, 3), strides=(4, 1)))
    assert strided in payloads.near_tensors(spec)
    assert tensor(strided, spec, load("tvm-packed")) is None
    assert tensor(strided, spec, load("tvm-emitted")) == "tensor-strides"


@pytest.mark.parametrize(
    ("declared", "passed"),
    [("u8", "u1"), ("i8", "u1"), ("f16", "bf16"), ("f64", "f32x2"), ("i32", "u32"), ("u1", "u8"), ("bf16", "f16")],
)
def test_types_that_a_lazy_check_takes_for_each_other_are_near(declared: str, passed: str) -> None:
    near = payloads.near_tensors(TensorSpec(parse_dtype(declared)))
    assert parse_dtype(passed) in {value.tensor.dtype for value in near if value.tensor}


def test_pinned_host_memory_is_near_to_the_host() -> None:
    near = payloads.near_tensors(TensorSpec())
    assert {(2, 0), (3, 0), (1, 1)} <= {value.tensor.device for value in near if value.tensor}


def test_every_tensor_has_each_form_alone_and_some_side_by_side() -> None:
    drawn = every_tensor()
    assert len(set(drawn.signatures)) == len(drawn.signatures)
    assert {len(signature) for signature in drawn.signatures} == {1, 2, 3, 4}
    assert any(sum(param.kind == "tensor" for param in one.params) > 1 for one in drawn.signatures)


def test_near_tensors_come_once_each_one_of_another_type_first() -> None:
    spec = TensorSpec(parse_dtype("f32"), (2, 3))
    near = payloads.near_tensors(spec)
    assert near[0].tensor == payloads.of_another_type(spec)
    assert len(set(near)) == len(near)


def test_far_tensors_differ_and_can_be_written_down() -> None:
    specs = {param.tensor for signature in every_tensor().signatures for param in signature.params if param.tensor}
    for spec in specs:
        for value in payloads.far_tensors(spec):
            assert value.tensor is not None and value.tensor != spec
            assert parse_tensor(str(value.tensor)) == value.tensor


@pytest.mark.parametrize("seed", range(5))
def test_the_bundle_of_long_signatures_reaches_every_size_of_a_frame(seed: int) -> None:
    drawn = long_signatures(seed, DECLARABLE)
    lengths = [len(signature) for signature in drawn.signatures]
    assert max(lengths) == MAX_ARGS > 256
    assert min(lengths) in (32, 33)
    assert sum(lengths) < 700  # each argument costs a compile
    assert drawn == long_signatures(seed, DECLARABLE)


def test_graffiti_and_poison_tell_every_place_and_offset() -> None:
    places = range(payloads.RESULT_PLACE + 1)
    for salt in (0, 3, 7, 10):
        words = {payloads.graffiti_bits(place, salt) for place in places}
        assert len(words) == len(places)
        for bits in words:
            raw = bits.to_bytes(8, "little")
            assert not isnan(unpack("<f", raw[:4])[0]) and not isnan(unpack("<d", raw)[0])
    for place in places:
        assert (payloads.graffiti_bits(place, 0) >> 63) == place % 2
    pairs = [payloads.poison(place)[at : at + 2] for place in places for at in range(0, 16, 2)]
    assert len(set(pairs)) == len(pairs)


def test_a_usual_result_is_one_that_a_signed_word_holds() -> None:
    assert all(payloads.result("u64", salt).bits < 1 << 63 for salt in range(payloads.SALTS))
