"""What is to be run and what was left: laid out in shared memory, and read back."""

from __future__ import annotations

import mmap
import os
import sys
from dataclasses import dataclass
from typing import Literal

from conformance.model.signature import MAX_ARGS
from conformance.transport.compiled import layouts
from conformance.transport.compiled import memory as m

ByteOrder = Literal["little", "big"]

NOTHING_RELEASED = bytes(16)
"""The image where no payload is released. It is not empty: the runner always overwrites at least a page of them."""


@dataclass(frozen=True)
class SignatureTable:
    """The signatures that generic stubs are bound to: packed structures of include/abi/table.h, and extents."""

    signatures: bytes = b""
    params: bytes = b""
    specs: bytes = b""
    dims: bytes = b""


NO_TABLE = SignatureTable()


@dataclass(frozen=True)
class Program:
    """The cases of one run (harness/run.h says what the fields mean).

    `segments`, `ops` and `presets` are packed `AbiSegment`, `AbiOp` and `AbiPreset`; `rows`, `pool` and `poison` are
    slots; `arena` and `released`, the payloads that are released, are images whose pointers hold final addresses.
    `fences` are packed `AbiFenced`, for a runner that is built with a sanitizer.
    `policies` are the bits of `AbiRun.options` that say what the runtime may do. All of it is in the byte order of the
    target, in which the memory is mapped at `base`. `table` is empty where no side has generic stubs.
    """

    segments: bytes
    ops: bytes
    num_cases: int
    rows: bytes
    rows_per_caller: int
    row_slots: int
    pool: bytes
    poison: bytes
    presets: bytes
    arena: bytes
    handle_passed: bool
    aligned: bool
    hang_ms: int
    witness_size: int
    guard: bool
    texts: bool
    policies: int = 0
    released: bytes = NOTHING_RELEASED
    fences: bytes = b""
    byte_order: ByteOrder = sys.byteorder
    base: int = m.BASE
    table: SignatureTable = NO_TABLE


@dataclass(frozen=True)
class RunResult:
    """What a run left: `AbiRecord`s, where each case's witness begins, the witness, the error texts, and counts.

    The first two are in the byte order of the target. `report` is what a sanitizer said of the last case that it ended,
    which is `reported`; -1 where there is none.
    """

    records: bytes
    row_of: bytes
    witness: bytes
    texts: bytes
    forks: int
    guarded: int
    unattributed_faults: int
    killed: int
    reported: int = -1
    report: str = ""


@dataclass(frozen=True)
class _Places:
    """Offsets of a program's parts, and how much memory they need."""

    parts: tuple[tuple[int, bytes], ...]
    program_end: int
    records: int
    row_of: int
    texts: int
    report: int
    witness: int
    end: int


def _up(offset: int, to: int = m.SLOT) -> int:
    return -(-offset // to) * to


def _places(program: Program) -> _Places:
    parts, at = [(m.RELEASED_OFFSET, program.released)], m.ARENA_OFFSET
    table = program.table
    laid = (
        program.arena, program.segments, program.ops, program.rows, program.pool, program.poison, program.presets,
        table.signatures, table.params, table.specs, table.dims, program.fences,
    )  # fmt: skip
    for part in laid:
        parts.append((at, part))
        at = _up(at + len(part))
    end = _up(at, m.PAGE)
    records = end
    row_of = _up(records + layouts.RECORD.size * program.num_cases)
    texts = _up(row_of + 4 * program.num_cases)
    report = _up(texts + (m.TEXT_SIZE * program.num_cases if program.texts else 0))
    witness = _up(report + layouts.REPORT.size, m.PAGE)
    return _Places(
        tuple(parts), end, records, row_of, texts, report, witness, _up(witness + program.witness_size, m.PAGE)
    )


class SharedMemory:
    """A mapping that a worker's server also has; grows with what is loaded into it."""

    def __init__(self) -> None:
        self.fd = os.memfd_create("abi-conformance", os.MFD_CLOEXEC)
        os.ftruncate(self.fd, 1 << 20)
        self._map = mmap.mmap(self.fd, 1 << 20)
        self._places: _Places | None = None
        self._program: Program | None = None

    @property
    def size(self) -> int:
        """How many bytes there are to be mapped."""
        return len(self._map)

    def close(self) -> None:
        """Gives the memory back."""
        self._map.close()
        os.close(self.fd)

    def load(self, program: Program, guard: bool) -> None:
        """Lays a program out, ready to run from its first case."""
        _validate(program)
        places = _places(program)
        if places.end > self.size:
            size = max(places.end, 2 * self.size)
            self._map.close()
            os.ftruncate(self.fd, size)
            self._map = mmap.mmap(self.fd, size)
        self._places, self._program = places, program
        offsets = [at for at, _ in places.parts]
        options = (m.GUARD if guard else 0) | (m.TEXTS if program.texts else 0) | program.policies
        options |= (0 if program.handle_passed else m.NO_HANDLE) | (m.ALIGNED if program.aligned else 0)
        self._map[: layouts.RUN.size] = layouts.structs(program.byte_order).run.pack(
            m.MAGIC, options, program.num_cases, len(program.segments) // layouts.SEGMENT.size,
            program.rows_per_caller, program.row_slots, len(program.presets) // layouts.PRESET.size,
            len(program.table.signatures) // layouts.SIGNATURE.size, len(program.table.specs) // layouts.DECLARED.size,
            program.hang_ms,
            *offsets[2:-1], m.RELEASED_OFFSET, places.program_end,
            m.RELEASED_OFFSET, _up(len(program.released), m.PAGE),
            places.records, places.row_of, places.texts, places.witness, program.witness_size,
            m.guard_pages(program.base),
            offsets[-1], len(program.fences) // layouts.FENCED.size, places.report,
        )  # fmt: skip
        self._left = (0,) * 7
        for at, part in places.parts:
            self._map[at : at + len(part)] = part
        n = program.num_cases
        self._fill(places.report, 4, b"\xff")
        self._fill(places.records, layouts.RECORD.size * n, b"\xee")
        self._fill(places.row_of, 4 * n, b"\xff")
        if program.texts:
            self._fill(places.texts, m.TEXT_SIZE * n, b"\0")

    def _fill(self, at: int, size: int, byte: bytes) -> None:
        self._map[at : at + size] = byte * size

    @property
    def _left(self) -> tuple[int, ...]:
        return self._structs.left.unpack_from(self._map, layouts.RUN.size)

    @_left.setter
    def _left(self, values: tuple[int, ...]) -> None:
        self._structs.left.pack_into(self._map, layouts.RUN.size, *values)

    @property
    def _structs(self) -> layouts.Structs:
        return layouts.structs(self._order)

    @property
    def _order(self) -> ByteOrder:
        return self._program.byte_order if self._program is not None else sys.byteorder

    @property
    def mark(self) -> int:
        """The case under way."""
        return self._left[0]

    @property
    def forks(self) -> int:
        """How many children the runner has made."""
        return self._left[1]

    @property
    def failed(self) -> int:
        """The errno for which the runner gave up, or 0."""
        return self._left[4]

    @property
    def finished(self) -> bool:
        """Whether every case has its record."""
        return self._program is not None and self.mark >= self._program.num_cases

    def rewind(self, died: bool) -> None:
        """Makes the case under way as if it had not begun; or, if it `died`, gives it that record and goes past it."""
        places = self._places
        assert places is not None
        mark, *counts, used = self._left
        record, row_of = places.records + layouts.RECORD.size * mark, places.row_of + 4 * mark
        row = int.from_bytes(self._map[row_of : row_of + 4], self._order)
        if died:
            flags = 0 if row == m.NOBODY else m.ENTERED
            self._map[record : record + layouts.RECORD.size] = self._structs.record.pack(
                m.DIED, m.NO_INDEX, flags, 9, 0
            )
            mark += 1
        else:
            self._fill(record, layouts.RECORD.size, b"\xee")
            self._fill(row_of, 4, b"\xff")
            used = used if row == m.NOBODY else row * m.SLOT
        self._left = (mark, *counts, used)

    def result(self) -> RunResult:
        """What was left."""
        places, program = self._places, self._program
        assert places is not None
        assert program is not None
        _, forks, guarded, unattributed, _, killed, used = self._left
        n = program.num_cases
        reported, report = self._report(places.report)
        return RunResult(
            records=self._map[places.records : places.records + layouts.RECORD.size * n],
            row_of=self._map[places.row_of : places.row_of + 4 * n],
            witness=self._map[places.witness : places.witness + used],
            texts=self._map[places.texts : places.texts + m.TEXT_SIZE * n] if program.texts else b"",
            forks=forks,
            guarded=guarded,
            unattributed_faults=unattributed,
            killed=killed,
            reported=reported,
            report=report,
        )

    def _report(self, at: int) -> tuple[int, str]:
        if self._map[at : at + 4] == b"\xff" * 4:
            return -1, ""
        reported, *text = self._structs.report.unpack_from(self._map, at)
        return reported, bytes(text).split(b"\0", 1)[0].decode("utf-8", "replace")


def _validate(program: Program) -> None:
    """Raises ValueError for a program that the runner would misread: the engine's own fault, told early."""
    wrong = [
        name
        for name, ok in (
            ("segments", len(program.segments) % layouts.SEGMENT.size == 0),
            ("ops", len(program.ops) % layouts.OP.size == 0),
            ("rows", len(program.rows) % m.SLOT == 0),
            ("pool", len(program.pool) % m.SLOT == 0),
            ("released", 0 < len(program.released) <= m.RELEASED_ROOM),
            ("fences", len(program.fences) % layouts.FENCED.size == 0),
            ("poison", len(program.poison) == m.SLOT * (m.SLOTS + 1)),
            ("presets", program.presets and len(program.presets) % layouts.PRESET.size == 0),
            ("hang_ms", 0 < program.hang_ms < 2**30),
            ("row_slots", 0 <= program.row_slots <= MAX_ARGS),
        )
        if not ok
    ]
    ops, cases = len(program.ops) // layouts.OP.size, 0
    segments = layouts.structs(program.byte_order).segment
    for _, _, first_op, num_ops, first_case in segments.iter_unpack(program.segments):
        if first_case != cases or first_op + num_ops > ops:
            wrong.append(f"the segment of case {first_case}")
        cases += num_ops
    if cases != program.num_cases:
        wrong.append("num_cases")
    if wrong:
        raise ValueError(f"a program that cannot be run; see its {', '.join(wrong)}")
