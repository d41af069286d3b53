"""Python as caller and as callee of the reference runtime."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from struct import pack
from typing import Any

import pytest

from conformance.checks import columns
from conformance.codegen.shim import render_shim
from conformance.codegen.stubs import render_side
from conformance.model.signature import Signature, parse_signature
from conformance.rules.load import load
from conformance.toolchain import fixtures
from conformance.toolchain.embedded import EmbeddedRequest, distribution
from conformance.transport.compiled import layouts
from conformance.transport.compiled import memory as m
from conformance.transport.compiled.client import Side, Worker
from conformance.transport.compiled.dynamic import Dynamic, SignatureRow

from .tiny import POISON, PRESET, Ran, op, unpack

SIGNATURES = tuple(
    parse_signature(text)
    for text in (
        "(i8, i16, i32, i64, u8, u16, u32, u64) -> u64",
        "(f32, f64, bool, handle) -> f64",
        "(str, bytes, tensor(f32,2x3), dtype, device) -> str",
        "() -> none",
        "(i64, null) -> i32",
        "(i64, f64) -> i32",
    )
)
TEXT, BYTES, TENSOR, SHAPE, DATA = 0, 64, 128, 192, 256
ARENA = b"".join(
    part.ljust(64, b"\0")
    for part in (
        b"graffiti",
        pack("<QQ", m.arena_address(DATA), 5),
        pack("<QiiiBBHQQQ", m.arena_address(DATA), 1, 0, 2, 2, 32, 1, m.arena_address(SHAPE), 0, 0),
        pack("<qq", 2, 3),
        b"bytes",
    )
)
PAYLOAD: tuple[tuple[bytes, ...], ...] = (
    tuple(pack(f"<{c}", 0x1122334455667788 >> (64 - 8 * w)) for c, w in zip("bhiqBHIQ", (1, 2, 4, 8) * 2, strict=True)),
    (pack("<f", 1.5), pack("<d", -2.25), b"\1", pack("<Q", 0x1234)),
    (*(pack("<Q", m.arena_address(at)) for at in (TEXT, BYTES, TENSOR)), b"\2\x20\1\0", pack("<ii", 1, 7)),
    (),
    (pack("<q", 9), bytes(8)),
    (pack("<q", 10), pack("<d", 0.5)),
)


def plain(signature: Signature) -> SignatureRow:
    specs = []
    for param in signature.params:
        t = param.tensor
        specs.append(
            None
            if t is None
            else (t.dtype.code, t.dtype.bits, t.dtype.lanes, t.shape, t.strides, t.byte_offset, *t.device)
        )
    return tuple(p.kind for p in signature.params), signature.ret, tuple(specs)


@pytest.fixture(scope="module")
def built(worker: Worker, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reference runtime, its shim, and compiled sides of the signatures."""
    folder, root, parts = tmp_path_factory.mktemp("dynamic"), fixtures.root(), distribution()
    texts = {
        "shim": render_shim("binding.h", True, load("tvm-packed").kinds),
        "callers": render_side("callers", SIGNATURES, "binding.h", True),
        "callees": render_side("callees", SIGNATURES, "binding.h", True),
    }
    out = {}
    for name in ("runtime", *texts):
        out[name] = folder / f"{folder.name}-{name}.so"  # the dynamic linker knows libraries by name
        worker.compile(
            EmbeddedRequest(
                texts=((f"{name}.c", texts[name]),) if name in texts else (),
                sources=() if name in texts else (root / "reference" / "packed.c",),
                include=(root / "reference", root / "include", root),
                system_include=(parts.include, root / "include" / "embedded"),
                defines=(),
                options=("-nostdlib", "-nostdinc", f"-Wl,-rpath={folder}", f"-Wl,-soname={out[name].name}"),
                libraries=((out["runtime"],) if name in texts else ()) + (parts.runtime,),
                output=out[name],
            )
        )
    out["python"] = out["shim"]
    return out


def run(worker: Worker, built: dict[str, Path], who: tuple[str, str], signature: int, ops: Sequence[bytes]) -> Ran:
    from conformance.transport.compiled.program import Program

    rows = b"".join(value.ljust(16, b"\x5a") for row in PAYLOAD for value in (*row, *[b""] * (8 - len(row))))
    results = (pack("<Q", 2**64 - 2), pack("<d", 6.5), pack("<Q", m.arena_address(TEXT)), bytes(8), pack("<i", -3))
    program = Program(
        segments=layouts.SEGMENT.pack(signature, signature, 0, len(ops), 0),
        ops=b"".join(ops),
        num_cases=len(ops),
        rows=rows,
        rows_per_caller=1,
        row_slots=8,
        pool=b"".join(result.ljust(16, b"\x77") for result in (*results, results[-1])),
        poison=POISON,
        arena=ARENA,
        presets=layouts.PRESET.pack(int.from_bytes(POISON[-16:-8], "little"), PRESET),
        handle_passed=True,
        aligned=True,
        hang_ms=5000,
        witness_size=1 << 16,
        guard=True,
        texts=True,
    )
    signatures = tuple(map(plain, SIGNATURES))
    sides: list[Side] = [
        Dynamic(built[name], signatures, True, api=name == "api") if name in ("python", "api") else built[name]
        for name in who
    ]
    return unpack(worker.run(sides[0], sides[1], program), len(SIGNATURES[signature]))


NATIVE = ("callers", "callees")
PAIRS = [("python", "callees"), ("callers", "python"), ("python", "python")]


def same_as_native(worker: Worker, built: dict[str, Path], who: tuple[str, str], signature: int) -> None:
    conventions = (0, 1) if "api" in who else (0, 1, 2)
    ops = [
        op(convention=c, result=signature, mode=mode) for c in conventions for mode in (columns.PLAIN, columns.NESTED)
    ]
    if signature in (2, 3):
        ops += [op(flags=8, result=signature), op(convention=1, flags=8, result=signature)]
    ops += [op(codes={at: 9}, result=signature) for at in range(len(SIGNATURES[signature]))]
    ops += [op(caller=caller, result=signature) for caller in range(len(SIGNATURES))]
    ops += [op(flags=16, count=count, result=signature) for count in (-1, 0, 3, 64)]
    ops += [op(flags=flag, result=signature) for flag in (1, 2, 4)]
    native, ours = (run(worker, built, pair, signature, ops) for pair in (NATIVE, who))
    for number, (expected, got) in enumerate(zip(native.cases, ours.cases, strict=True)):
        assert got == expected, number
    assert native.result.witness == ours.result.witness
    assert native.cases[0].outcome == m.ACCEPTED
    assert ours.result.forks == 1


@pytest.mark.parametrize("who", PAIRS, ids="-".join)
@pytest.mark.parametrize("signature", [0, 1, 2, 3, 5])
def test_python_sees_and_says_what_compiled_stubs_do(
    worker: Worker, built: dict[str, Path], who: tuple[str, str], signature: int
) -> None:
    same_as_native(worker, built, who, signature)


def test_pointees_are_followed(worker: Worker, built: dict[str, Path]) -> None:
    ran = run(worker, built, ("python", "python"), 2, [op(flags=8, result=2)])
    assert [digest for _, digest in ran[0].args][:2] == [zlib.crc32(b"graffiti"), zlib.crc32(b"bytes")]


def same_in_threads(worker: Worker, built: dict[str, Path], who: tuple[str, str]) -> None:
    ops = [op(mode=columns.CONCURRENT), op(mode=columns.OWN_ERROR, codes={0: 9}), op(mode=columns.AFTER, codes={0: 9})]
    native, ours = (run(worker, built, pair, 0, ops) for pair in (NATIVE, who))
    assert ours.cases == native.cases
    assert [c.outcome for c in ours.cases] == [m.ACCEPTED, m.REJECTED, m.REJECTED]


@pytest.mark.parametrize("who", PAIRS, ids="-".join)
def test_threads_in_python(worker: Worker, built: dict[str, Path], who: tuple[str, str]) -> None:
    same_in_threads(worker, built, who)


def test_an_exception_in_a_callback_is_seen(worker: Worker, built: dict[str, Path]) -> None:
    # An unpacked bool is read from a slot that holds no bool: Python refuses, and must not go on as if nothing was.
    ran = run(worker, built, ("callers", "python"), 1, [op(caller=0, convention=1, result=1)])
    assert ran[0].outcome == m.DIED


def test_a_shim_that_is_none(worker: Worker, built: dict[str, Path]) -> None:
    from conformance.transport.compiled.client import WorkerError

    broken: Any = {**built, "python": built["runtime"]}
    with pytest.raises(WorkerError, match="shim_"):
        run(worker, broken, ("python", "callees"), 3, [op()])
