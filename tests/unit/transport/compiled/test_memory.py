"""The structures and the addresses of a run are the same on both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks import columns
from conformance.model.signature import MAX_ARGS
from conformance.toolchain import fixtures
from conformance.transport.compiled import layouts
from conformance.transport.compiled import memory as m
from conformance.transport.compiled.program import SharedMemory

from .tiny import Tiny, op, program


def test_python_and_c_agree(tiny: Tiny) -> None:
    layout = tiny.worker.layout(tiny.build("offsets", include=(fixtures.root(),)))
    assert layout == (
        24, 40, 120, 144, 192, layouts.RUN.size, layouts.RUN.size + 20, layouts.RUN.size + 24,
        layouts.RUN.size + layouts.LEFT.size, layouts.OP.size, 8, 12,
        20, 24, 28, layouts.SEGMENT.size, 12,
        layouts.RECORD.size, 8, m.SLOT, 16, 16, m.TEXT_SIZE,
        m.MAGIC, MAX_ARGS, m.SLOTS, columns.RELEASED, 32, m.HUNG, m.NO_TEXT, m.AT_RELEASED, m.INNER, m.TEXTS,
    )  # fmt: skip


def test_addresses_are_canonical_and_apart() -> None:
    assert m.BASE % m.PAGE == 0
    assert m.ARENA_OFFSET % m.PAGE == 0
    assert layouts.RUN.size + layouts.LEFT.size <= m.RELEASED_OFFSET
    assert m.RELEASED_OFFSET % m.PAGE == 0
    assert m.released_address(24) == m.BASE + m.RELEASED_OFFSET + 24
    assert m.released_address(m.RELEASED_ROOM) == m.arena_address(0)
    assert m.arena_address(24) == m.BASE + m.ARENA_OFFSET + 24
    assert m.BASE + (1 << 40) < 1 << 47
    pages = {m.guard_page(i) // m.PAGE for i in range(MAX_ARGS)}
    assert len(pages) == MAX_ARGS
    assert max(pages) * m.PAGE < m.BASE


def test_memory_grows_and_is_laid_out_afresh() -> None:
    memory = SharedMemory()
    small = memory.size
    big = program([op()] * 3, witness_size=small * 3)
    memory.load(big, guard=True)
    assert memory.size > small * 3
    left = memory.result()
    assert left.records == b"\xee" * 36
    assert left.row_of == b"\xff" * 12
    assert left.witness == b""
    memory.close()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"num_cases": 2}, "num_cases"),
        ({"ops": b""}, "segment of case 0"),
        ({"poison": b""}, "poison"),
        ({"pool": b"12"}, "pool"),
        ({"released": b""}, "released"),
        ({"released": bytes(m.RELEASED_ROOM + 1)}, "released"),
        ({"hang_ms": 0}, "hang_ms"),
        ({"row_slots": 258}, "row_slots"),
    ],
)
def test_a_malformed_program_is_refused(change: dict[str, object], named: str) -> None:
    memory = SharedMemory()
    with pytest.raises(ValueError, match=named):
        memory.load(replace(program([op()]), **change), guard=False)  # type: ignore[arg-type]
    memory.close()
