"""Hand-written sides compiled by libtcc, and programs of a few cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from struct import pack
from typing import Any

from conformance.toolchain import fixtures
from conformance.toolchain.embedded import EmbeddedRequest, distribution
from conformance.toolchain.key import embedded_system_include
from conformance.transport.compiled import layouts
from conformance.transport.compiled import memory as m
from conformance.transport.compiled.client import Worker
from conformance.transport.compiled.program import Program, RunResult

HERE = Path(__file__).parent / "c"
PRESET = 0x5EED
POISON = b"".join(bytes([0xA0 | i % 16, i & 0xFF]) * 8 for i in range(m.SLOTS + 1))
RESULT = 0x1122334455667788


def slot(value: int | float) -> bytes:
    """A payload slot with an integer or a double in it."""
    return pack("<q" if isinstance(value, int) else "<d", value) + bytes(8)


def op(**fields: Any) -> bytes:
    """One packed `AbiOp`; what is not named is that of a plain matched call."""
    code_at = [*fields.pop("codes", {}).items(), (-1, 0), (-1, 0)][:2]
    values: dict[str, int] = {
        "caller": 0xFFFF,
        "row": 0,
        "convention": 0,
        "mode": 0,
        "flags": 0,
        "value_at": -1,
        "result": 0,
    }
    values |= {"value": 0, "count": 0} | fields
    head = [values[name] for name in ("caller", "row", "convention", "mode", "flags")]
    codes = [at for at, _ in code_at] + [code for _, code in code_at]
    return layouts.OP.pack(*head, *codes, *[values[name] for name in ("value_at", "result", "value", "count")])


@dataclass(frozen=True)
class Seen:
    """One case's record and witness rows, unpacked."""

    outcome: int
    index: int
    flags: int
    signal: int
    ret_code: int
    taken: bytes
    args: tuple[tuple[bytes, int], ...]
    text: str


@dataclass(frozen=True)
class Ran:
    """A result with its cases unpacked; each case's `args` are those of `num_args` arguments."""

    result: RunResult
    cases: tuple[Seen, ...]

    def __getitem__(self, at: int) -> Seen:
        return self.cases[at]


def unpack(result: RunResult, num_args: int) -> Ran:
    """Unpacks what a run left."""
    cases = []
    for at, fields in enumerate(layouts.RECORD.iter_unpack(result.records)):
        row = int.from_bytes(result.row_of[4 * at : 4 * at + 4], "little")
        start = 16 * row
        witness = result.witness[start : start + 16 * (1 + num_args)] if row != m.NOBODY else b""
        args = tuple(
            (witness[i : i + 8], int.from_bytes(witness[i + 8 : i + 16], "little")) for i in range(16, len(witness), 16)
        )
        text = result.texts[at * m.TEXT_SIZE : (at + 1) * m.TEXT_SIZE].split(b"\0")[0].decode()
        outcome, index, flags, number, ret_code = fields
        cases.append(Seen(outcome, index, flags, number, ret_code, witness[:16], args, text))
    return Ran(result, tuple(cases))


ROWS: tuple[tuple[Sequence[float], ...], ...] = (
    ((0x0102030405060708, 2.5), (0x1112131415161718, -0.5)),
    ((0x2122232425262728,), (0x3132333435363738,)),
    ((m.arena_address(0),), (m.guard_page(0),)),
    ((), ()),
    ((0x0102030405060708, 2.5), (0x1112131415161718, -0.5)),
)
"""The payload of the tiny callers: two rows each."""


def program(ops: Sequence[bytes], callee: int = 0, **fields: Any) -> Program:
    """Cases of one segment between tiny sides."""
    rows = b"".join(
        b"".join(slot(value) for value in row) + bytes(16 * (2 - len(row))) for caller in ROWS for row in caller
    )
    pool = b"".join(slot(value) for value in (RESULT, 77, 6.25))
    plain = Program(
        segments=layouts.SEGMENT.pack(callee, callee, 0, len(ops), 0),
        ops=b"".join(ops),
        num_cases=len(ops),
        rows=rows,
        rows_per_caller=2,
        row_slots=2,
        pool=pool,
        poison=POISON,
        arena=b"graffiti\0".ljust(64, b"\0"),
        presets=layouts.PRESET.pack(int.from_bytes(POISON[-16:-8], "little"), PRESET),
        handle_passed=True,
        aligned=True,
        hang_ms=2000,
        witness_size=128 * len(ops) + 4096,
        guard=False,
        texts=False,
    )
    return replace(plain, **fields)


Builder = Callable[..., Path]


class Tiny:
    """Compiles tiny sides, each variant once, and runs programs between them."""

    def __init__(self, worker: Worker, folder: Path) -> None:
        self.worker = worker
        self._folder = folder
        self._built: dict[object, Path] = {}

    def build(self, name: str, *defines: str, libraries: tuple[Path, ...] = (), include: tuple[Path, ...] = ()) -> Path:
        """A library of one source in the folder c."""
        key = (name, defines, libraries)
        if key not in self._built:
            output = self._folder / f"{name}-{len(self._built)}.so"
            self.worker.compile(
                EmbeddedRequest(
                    texts=(),
                    sources=(HERE / f"{name}.c",),
                    include=(HERE, fixtures.root() / "include", *include),
                    system_include=embedded_system_include(),
                    defines=defines,
                    options=("-nostdlib", "-nostdinc", f"-Wl,-rpath={self._folder}"),
                    libraries=(*libraries, distribution().runtime),
                    output=output,
                )
            )
            self._built[key] = output
        return self._built[key]

    def sides(
        self,
        body: str = "",
        before: str = "",
        inside: str = "",
        runtime: tuple[str, ...] = (),
        extra: str = "misdeeds.h",
    ) -> tuple[Path, Path]:
        """Callers and callees; the texts are C statements of callee 0, which `extra` helps (c/callees.c)."""
        tiny = self.build("tiny", *runtime)
        defines = (f"BODY={body}", f"BEFORE={before}", f"INSIDE={inside}", f'EXTRA="{extra}"')
        return self.build("callers", libraries=(tiny,)), self.build("callees", *defines, libraries=(tiny,))

    def run(
        self,
        ops: Sequence[bytes],
        body: str = "",
        before: str = "",
        inside: str = "",
        runtime: tuple[str, ...] = (),
        extra: str = "misdeeds.h",
        callee: int = 0,
        num_args: int = 2,
        **fields: Any,
    ) -> Ran:
        """Runs cases of one callee."""
        caller_side, callee_side = self.sides(body, before, inside, runtime, extra)
        return unpack(self.worker.run(caller_side, callee_side, program(ops, callee, **fields)), num_args)
