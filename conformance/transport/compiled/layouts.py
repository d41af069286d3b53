"""The structures and constants of run.h, machine.h and abi/table.h, read from them: the one place that has them.

The processes that run cases need none of it, and do not import it.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from functools import cache
from struct import Struct

from conformance.toolchain.fixtures import root

_CODES = {
    "uint8_t": "B", "uint16_t": "H", "int16_t": "h", "uint32_t": "I", "int32_t": "i", "uint64_t": "Q", "int64_t": "q",
}  # fmt: skip
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STRUCT = re.compile(r"typedef struct \w+ \{(.*?)\} (\w+);", re.DOTALL)
_ENUM = re.compile(r"enum \w* ?\{(.*?)\}", re.DOTALL)
_MEMBER = re.compile(r"(\w+)(?:\[(\d+)\])?$")


@dataclass(frozen=True)
class Field:
    """One member: its name, its type as `struct` writes it, how many there are and the offset in bytes."""

    name: str
    code: str
    count: int
    offset: int


@dataclass(frozen=True)
class Layout:
    """A structure of the header."""

    name: str
    fields: tuple[Field, ...]

    @property
    def size(self) -> int:
        """Bytes, which are a multiple of the widest member's."""
        last, widest = self.fields[-1], max(Struct(field.code).size for field in self.fields)
        end = last.offset + last.count * Struct(last.code).size
        return -(-end // widest) * widest

    def struct(self, order: str = "=", first: str = "", end: str = "") -> Struct:
        """A `Struct` of the members from `first` up to, and without, `end`; of all of them if not said otherwise.

        `order` is the order of bytes as `struct` writes it: this machine's, "<" or ">".
        """
        names = [field.name for field in self.fields]
        chosen = self.fields[names.index(first) if first else 0 : names.index(end) if end else None]
        made = Struct(order + "".join(f"{field.count}{field.code}" for field in chosen))
        last = chosen[-1]
        if made.size != last.offset + last.count * Struct(last.code).size - chosen[0].offset:
            raise ValueError(f"{self.name} has padding between its members, which no plain format describes")
        return made


def _fields(body: str) -> tuple[Field, ...]:
    found, offset = [], 0
    for line in body.split(";"):
        words = line.replace("volatile", "").split(None, 1)
        if not words:
            continue
        code = _CODES[words[0]]
        size = Struct(code).size
        for member in words[1].split(","):
            match = _MEMBER.match(member.strip())
            if match is None:
                raise ValueError(f"harness/run.h: '{member.strip()}' is no member that is understood here")
            offset = -(-offset // size) * size
            count = int(match[2] or 1)
            found.append(Field(match[1], code, count, offset))
            offset += count * size
    return tuple(found)


@cache
def _text() -> str:
    headers = ("include/abi/table.h", "harness/machine.h", "harness/run.h")
    return _COMMENT.sub("", "".join((root() / name).read_text("utf-8") for name in headers))


@cache
def layout(name: str) -> Layout:
    """A structure by the name of its typedef."""
    bodies = {found[2]: found[1] for found in _STRUCT.finditer(_text())}
    return Layout(name, _fields(bodies[name]))


@cache
def constants() -> dict[str, int]:
    """The headers' enumerators by name."""
    found: dict[str, int] = {}
    for enum in _ENUM.finditer(_text()):
        following = 0
        for part in enum[1].split(","):
            name, _, number = (piece.strip() for piece in part.partition("="))
            if name:
                following = found[name] = ast.literal_eval(number) if number else following
                following += 1
    return found


ORDERS = {"little": "<", "big": ">"}
"""How `struct` and NumPy write an order of bytes."""


@dataclass(frozen=True)
class Structs:
    """The structures in one order of bytes.

    `run` is what the engine writes of `AbiRun`, `left` what the runner leaves of it, right behind. The others are those
    of a program and of what is left of it.
    """

    run: Struct
    left: Struct
    op: Struct
    segment: Struct
    record: Struct
    preset: Struct
    fenced: Struct
    report: Struct


@cache
def structs(byte_order: str = sys.byteorder) -> Structs:
    """The structures in an order of bytes: "little" or "big"."""
    order = ORDERS[byte_order]
    names = ("AbiOp", "AbiSegment", "AbiRecord", "AbiPreset", "AbiFenced", "AbiReport")
    of_run = layout("AbiRun")
    return Structs(
        of_run.struct(order, end="mark"),
        of_run.struct(order, first="mark"),
        *(layout(name).struct(order) for name in names),
    )


RUN, LEFT = structs().run, structs().left
OP, SEGMENT, RECORD, PRESET = structs().op, structs().segment, structs().record, structs().preset
FENCED, REPORT = structs().fenced, structs().report
"""The structures in this machine's order."""

SIGNATURE, DECLARED = layout("AbiSignature").struct(), layout("AbiDeclared").struct()
"""What the table of signatures consists of, as far as its entries are counted."""
