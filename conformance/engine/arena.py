"""Where the values of payloads lie: pointees at fixed addresses in the arena, slots in the pool."""

from __future__ import annotations

import random
import zlib
from array import array
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.generation import payloads
from conformance.model.kinds import KINDS
from conformance.model.signature import Param, TensorSpec
from conformance.model.target import HERE, Target
from conformance.model.value import Value
from conformance.oracle.sendable import MOST_DATA, has_elements
from conformance.oracle.tensors import contents_digest, digest, elements, reach
from conformance.transport.compiled.encode import Arg
from conformance.transport.compiled.memory import (
    ARENA_OFFSET,
    RELEASED_OFFSET,
    RELEASED_ROOM,
    arena_address,
    guard_page,
    released_address,
)
from conformance.transport.compiled.program import NOTHING_RELEASED

ARENA_FULL, ARENA_LIMIT = 512 << 10, 64 << 20
"""Bytes of the image from which on no other bundle is begun, and bytes that it may have.

Those that were begun go on: a check that plans its calls of each of them later lays up to a megabyte for every one.
"""

RELEASED_FULL = 64 << 10
"""Bytes of released payloads from which on no other bundle is begun: a call that releases any overwrites them all."""

MEMO_LIMIT = 100_000
"""Entries that an arena remembers before it is replaced: memory stays flat however long a run is."""

_FENCE = 16
"""Everything that is pointed to begins at a multiple of it, with at least one byte before that is nobody's."""

_DATA = 64  # bytes behind a tensor's data pointer: enough to be looked at, never to hold its elements
_STARTS = 1 << 10


@cache
def _memory() -> bytes:
    """The elements of all tensors, whose data begin at different multiples of 16."""
    return random.Random(0).randbytes(MOST_DATA + 16 * _STARTS)  # noqa: S311 - nothing secret


class Numbers(dict[Param, int]):
    """Numbers arguments as they are first met, `params` in that order: equal ones, metadata and all, get the same."""

    def __init__(self) -> None:
        super().__init__()
        self.params: list[Param] = []

    def __missing__(self, param: Param) -> int:
        found = self[param] = len(self.params)
        self.params.append(param)
        return found


class Arena:
    """Gives every value an address and a slot. Only grows; `full` says when to start afresh.

    With `elements` tensors have some, so that they can be read and compared. Everything lies as `target` has it.
    `args` are the values as they lie in memory, `arg_widths` their bytes, `pool_args` which of them each slot of the
    pool holds.
    `memo` holds what is computed from addresses, pool indices and `numbers`, and so is valid as long as the arena.
    """

    def __init__(self, elements: bool = False, target: Target = HERE) -> None:
        self.target = target
        self._image = bytearray()
        self._released = bytearray(NOTHING_RELEASED)
        self._fences = array("Q")
        self._with_elements = elements
        self._elements_at = self._tensors = 0
        self._arg_numbers: dict[tuple[Value, int], int] = {}
        self._pool: dict[tuple[Value, int], int] = {}
        self._slots = bytearray()
        self._arg_slots = bytearray()
        self._ordinary: dict[tuple[int, int, int], tuple[int, ...]] = {}
        self.args: list[Arg] = []
        self.arg_widths = array("b")
        self.pool_args = array("i")
        self.memo: dict[Any, Any] = {}
        self.plans: OrderedDict[Any, Any] = OrderedDict()
        self.plan_bytes = 0
        self.numbers = Numbers()

    @property
    def image(self) -> bytes:
        """The bytes of the arena."""
        return bytes(self._image)

    @property
    def released(self) -> bytes:
        """The bytes of the payloads that are released."""
        return bytes(self._released)

    @property
    def fences(self) -> bytes:
        """What lies between the things that arguments point to: pairs of an offset in the mapping and a size.

        They are in this machine's order: targets that sanitizers watch are run by its own kernel.
        """
        return self._fences.tobytes()

    @property
    def pool(self) -> bytes:
        """The slots of the pool, 16 bytes each."""
        return bytes(self._slots)

    @property
    def full(self) -> bool:
        """Whether another bundle might not find room."""
        filled = len(self._image) > ARENA_FULL or len(self._released) > RELEASED_FULL
        return filled or len(self._slots) > 16 * 30_000 or len(self.memo) > MEMO_LIMIT

    def arg(self, value: Value, place: int = 0) -> Arg:
        """The value as it lies in memory; `place` is the argument whose no-access page a guarded pointer leads to."""
        return self.args[self.arg_number(value, place)]

    def arg_number(self, value: Value, place: int = 0) -> int:
        """The value's place in `args`."""
        key = (value, place if value.guarded or value.unread else 0)
        found = self._arg_numbers.get(key)
        if found is None:
            found = self._arg_numbers[key] = len(self.args)
            self.args.append(self._make(value, place))
            self._arg_slots += self._slot(self.args[found])
            self.arg_widths.append(KINDS[value.kind].width_in(self.target.data) if value.kind in KINDS else 0)
        return found

    def ordinary(self, param: int, place: int, salt: int) -> tuple[int, ...]:
        """What callers pass at a place for an argument, given by its number: a place in `args` for each row."""
        found = self._ordinary.get((param, place, salt))
        if found is None:
            values = payloads.ordinary(self.numbers.params[param], place, salt)
            found = self._ordinary[param, place, salt] = tuple(self.arg_number(value, place) for value in values)
        return found

    def slot(self, value: Value, place: int = 0) -> int:
        """The index in the pool of a slot that holds the value."""
        key = (value, place if value.guarded or value.unread else 0)
        found = self._pool.get(key)
        if found is None:
            found = self._pool[key] = len(self._slots) // 16
            number = self.arg_number(value, place)
            self.pool_args.append(number)
            self._slots += self._arg_slots[16 * number : 16 * number + 16]
        return found

    def _make(self, value: Value, place: int) -> Arg:
        if value.guarded:
            return Arg(value.kind, guard_page(place, self.target.base), value)
        put = self._put_released if value.released else self._put
        if value.data is not None:
            if value.kind == "bytes":
                text = put(value.data + payloads.BEHIND_BYTES + b"\0", len(value.data))
                address = put(self._structure("PP", text, len(value.data)))
            else:
                address = put(value.data + b"\0")
            checksum = zlib.crc32(value.data)
            return Arg(value.kind, address, value, checksum, checksum)
        if value.tensor is not None:
            return self._make_tensor(
                value, value.tensor, guard_page(place, self.target.base) if value.unread else 0, put
            )
        return Arg(value.kind, value.bits, value)  # of kind none too, which nobody reads

    def _make_tensor(self, value: Value, spec: TensorSpec, unread: int, put: Callable[..., int]) -> Arg:
        """Lays a tensor; `unread` is where its pointers lead that nobody needs, null unless it says otherwise."""
        filled = self._with_elements and has_elements(value)
        data, read = self._data(value, spec, unread, filled, put)
        shape = put(self._structure("q" * len(spec.shape), *spec.shape)) if spec.shape else unread
        shape = 0 if value.no_shape else shape
        strides = unread if not spec.shape else 0
        if spec.strides:
            strides = put(self._structure("q" * len(spec.strides), *spec.strides))
        dtype, order = spec.dtype, self.target.data.byte_order
        parts = data, *spec.device, spec.ndim, dtype.code, dtype.bits, dtype.lanes, shape, strides, spec.byte_offset
        address = put(self._structure("PiiiBBHPPQ", *parts))
        contents = contents_digest(spec, read, order) if filled else 0
        return Arg(value.kind, address, value, digest(spec, data, read, order), contents)

    def _structure(self, members: str, *values: int) -> bytes:
        """The bytes of a structure as the target lays it out; `members` are `struct`'s letters, P a pointer."""
        return self.target.data.structure(members, *values)

    def slots_of(self, numbers: NDArray[np.int64]) -> NDArray[np.void]:
        """The 16 bytes of the slot of each argument, by its place in `args`; zeros for -1."""
        found = np.zeros(len(numbers), "V16")
        some = numbers >= 0
        found[some] = np.frombuffer(self._arg_slots, "V16")[numbers[some]]
        return found

    def _slot(self, arg: Arg) -> bytes:
        if arg.kind not in KINDS:
            return bytes(16)
        return KINDS[arg.kind].to_bytes(arg.bits, self.target.data).ljust(16, b"\0")

    def _data(
        self, value: Value, spec: TensorSpec, unread: int, filled: bool, put: Callable[..., int]
    ) -> tuple[int, bytes]:
        """The address of a tensor's data, and its elements where it is to be `filled` with any."""
        if spec.is_empty or not filled:
            place = unread if spec.is_empty and unread else put(b"\0" * _DATA)
            return 0 if value.no_data else place, b""
        if not self._tensors:
            self._elements_at = self._put(_memory())
        self._tensors += 1
        low, high = reach(spec)
        start = 16 * (self._tensors % _STARTS) + -min(low, 0)
        read = elements(spec, _memory(), start)
        if value.released:
            return put(_memory()[start + low : start + high]) - low, read
        return self._elements_at + start, read

    def _put(self, data: bytes, size: int | None = None) -> int:
        """Lays what a pointer leads to, of which the first `size` bytes are its own; those behind are fenced."""
        at = len(self._image)
        self._image += data + bytes(_FENCE - len(data) % _FENCE)
        self._fence(ARENA_OFFSET + at, len(self._image) - at, len(data) if size is None else size)
        if len(self._image) > ARENA_LIMIT:
            raise MemoryError("the values of one bundle do not fit the arena")
        return arena_address(at, self.target.base)

    def _fence(self, at: int, room: int, size: int) -> None:
        self._fences.extend((at + size, room - size))

    def _put_released(self, data: bytes, size: int | None = None) -> int:
        at = len(self._released)
        self._released += data + bytes(_FENCE - len(data) % _FENCE)
        self._fence(RELEASED_OFFSET + at, len(self._released) - at, len(data) if size is None else size)
        if len(self._released) > RELEASED_ROOM:
            raise MemoryError("the values of one bundle that are released do not fit their room")
        return released_address(at, self.target.base)
