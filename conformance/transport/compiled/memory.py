"""The shared memory of a run: its fixed addresses, and the numbers of harness/run.h (their structures: layouts.py)."""

from __future__ import annotations

import mmap

from conformance.model.signature import MAX_ARGS
from conformance.model.target import HERE

BASE = HERE.base
"""Where the mapping lies in a process that runs cases on this machine."""

PAGE = mmap.PAGESIZE
SLOT = 16

SLOTS = MAX_ARGS + 8
"""Slots of poison that a run has for an unpacked call: more than any has arguments."""

RELEASED_OFFSET = 65536
"""Where the payloads that are released lie in the mapping: a multiple of every page size that Linux has."""

RELEASED_ROOM = 4 << 20
"""Bytes that are set apart for the payloads that are released; few of them are ever touched."""

ARENA_OFFSET = RELEASED_OFFSET + RELEASED_ROOM
"""Where the arena begins in the mapping."""

GUARD_PAGES = BASE - (MAX_ARGS + 1) * PAGE
"""The no-access pages, one an argument and one over, right below that mapping."""

NOT_RUN = 0xEEEE
NOBODY = 0xFFFF_FFFF
"""The `row_of` of a case whose body was not entered."""

TEXT_SIZE = 128
MAGIC = 0x31494241

GUARD, TEXTS, NO_HANDLE, ALIGNED, RESULT_PRESET, EQUAL, COPIED, CONTENTS = (1 << bit for bit in range(8))
"""Bits of `AbiRun.options`."""

ACCEPTED, REJECTED, TAKE_REJECTED, FAULT, DIED, HUNG = range(1, 7)
"""`enum AbiOutcome`."""

NO_INDEX, NO_TEXT = 0xFFFF, 0xFFFE
"""`enum AbiIndex`."""

REPORTED, REPORTED_ACCESS = 0x8009, 0x800A
"""`enum AbiReported`."""

AT_ARGS, AT_CODES, AT_RET, AT_SLOT, AT_PROGRAM, AT_NULL, AT_STACK, ELSEWHERE, AT_RELEASED = range(0x8000, 0x8009)
"""`enum AbiRegion`."""

ENTERED, ARRAYS, RET, POISON, FENV_CHANGED, HANDLE, STALE, INNER = (1 << bit for bit in range(8))
"""`enum AbiSeenFlag`."""

STACK, REGISTERS, X87, DIRECTION, SIGNALS = 15, 16, 32, 64, 128
"""`enum AbiStateFlag`."""


def guard_pages(base: int) -> int:
    """Where the no-access pages of a mapping at `base` begin."""
    return base - (MAX_ARGS + 1) * PAGE


def arena_address(offset: int, base: int = BASE) -> int:
    """The address that byte `offset` of the arena's image has while cases run."""
    return base + ARENA_OFFSET + offset


def released_address(offset: int, base: int = BASE) -> int:
    """The address that byte `offset` of the image of released payloads has while cases run."""
    return base + RELEASED_OFFSET + offset


def guard_page(index: int, base: int = BASE) -> int:
    """An address in the no-access page of argument `index`: its middle, so that a near miss stays in the page."""
    return guard_pages(base) + index * PAGE + PAGE // 2
