"""How values and types are spelled in C, and words in comments and makefiles."""

from __future__ import annotations

import random
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.codegen.reproducer.parts import Object
from conformance.generation.payloads import BEHIND_BYTES
from conformance.model.kinds import KINDS, NONE
from conformance.model.value import Value
from conformance.oracle import bits as b
from conformance.oracle.sendable import has_elements
from conformance.oracle.tensors import reach


@dataclass(frozen=True)
class Spelling:
    """The C of one subject's reproducers: of a packed one or not, whose header defines tensors or not.

    `has_elements` says that bodies read the elements of tensors.
    """

    packed: bool
    has_tensors: bool
    has_elements: bool = False

    @property
    def tensor_type(self) -> str:
        """The type of a tensor's metadata."""
        return "DLTensor" if self.packed else "PlainTensor"

    def type_of(self, kind: str) -> str:
        """The type of a kind; `void` for `none`."""
        if kind == NONE:
            return "void"
        return KINDS[kind].c_spelling(None if self.packed else "Plain")

    def object_of(self, value: Value, name: str, place: int) -> Object | None:
        """What a pointer leads to, None for what leads nowhere. What is "pointer" needs no definition."""
        if not value.leads_somewhere:
            return None
        if value.guarded:
            return Object("pointer", name, f"no_access({place})")
        if value.data is not None and value.kind == "bytes":
            of_type = "AbiBytes" if self.packed else "PlainBytes"
            text, pointer = literal(value.data + BEHIND_BYTES), name if value.released else f"&{name}"
            return Object("bytes", name, pointer, of_type, text, len(value.data), released=value.released)
        if value.data is not None:
            return Object("str", name, name, text=literal(value.data), size=len(value.data), released=value.released)
        if value.tensor is None:
            return Object("pointer", name, f"(void*)(uintptr_t)UINT64_C({value.bits:#x})")
        if not self.has_tensors:
            return Object("object", name, f"(void*){name}")
        start, elements = self._elements(value, place)
        return Object(
            what="tensor",
            name=name,
            pointer=name if value.released else f"({self.tensor_type}*)&{name}",
            type=self.tensor_type,
            spec=value.tensor,
            offset=f"UINT64_C({value.tensor.byte_offset})" if value.tensor.byte_offset else "0",
            no_data=value.no_data,
            no_shape=value.no_shape,
            unread=f"no_access({place})" if value.unread else "",
            start=start,
            size=max(len(elements), 64),
            text=literal(elements) if elements else "{0}",
            released=value.released,
        )

    def _pointer(self, kind: str, leads_to: Object) -> str:
        """The pointer to an object; C++ wants it to be of its kind's type."""
        of_type = self.type_of(kind)
        untyped = leads_to.what in ("pointer", "object") and of_type != "void*"
        return f"({of_type}){leads_to.pointer}" if untyped else leads_to.pointer

    def _elements(self, value: Value, place: int) -> tuple[int, bytes]:
        """The bytes behind a tensor's data pointer, and where it leads among them; none where nobody reads any."""
        if not self.has_elements or value.tensor is None or value.no_data or not has_elements(value):
            return 0, b""
        low, high = reach(value.tensor)
        return max(-low, 0), random.Random(place).randbytes(max(high, 0) - min(low, 0))  # noqa: S311 - nothing secret

    def spell(self, value: Value, leads_to: Object | None) -> tuple[str, str]:
        """The C text of a value, and the comment behind it."""
        kind, bits = value.kind, value.bits
        if KINDS[kind].is_pointer:
            return ("NULL" if leads_to is None else self._pointer(kind, leads_to)), ""
        width = KINDS[kind].width
        shown = f" /* 0x{bits:0{2 * width}x} */"
        if kind == "bool":
            return ("true" if bits else "false"), ""
        if KINDS[kind].family == "float":
            spelling = {"float": f"f32_of(0x{bits:08x}u)", "double": f"f64_of(UINT64_C(0x{bits:016x}))"}
            carried = f"0x{bits:0{2 * width}x}u"
            return spelling.get(self.type_of(kind), carried), f" /* {b.double_of_bits(b.widen(bits, width))!r} */"
        if kind == "dtype":
            parts = bits & 0xFF, bits >> 8 & 0xFF, bits >> 16 & 0xFFFF
            return f"({self.type_of(kind)}){{{parts[0]}, {parts[1]}, {parts[2]}}}", ""
        if kind == "device":
            device = b.signed(bits, 4), b.signed(bits >> 32, 4)
            return f"({self.type_of(kind)}){{{int32(device[0])}, {int32(device[1])}}}", ""
        if KINDS[kind].family == "uint":
            return (f"UINT64_C({bits})" if width == 8 else f"{bits}u"), shown
        number = b.signed(bits, width)
        if width == 8:
            return ("INT64_MIN" if number == -(2**63) else f"INT64_C({number})"), shown
        return int32(number), shown


def in_comment(words: str) -> str:
    """Words that can stand in a comment of C and of make, in one line."""
    return " ".join(words.replace("*/", "* /").replace("/*", "/ *").replace("\\", "/").split())


def make_words(words: Sequence[str]) -> str:
    """Words for a shell as a makefile's variable holds them."""
    return shlex.join(words).replace("$", "$$").replace("#", "\\#")


def int32(number: int) -> str:
    """An int; the ends have names, since C has no literal for the lower one."""
    if number == -(2**31):
        return "INT_MIN"
    return "INT_MAX" if number == 2**31 - 1 else str(number)


def hexadecimal(bits: int, width: int) -> str:
    """Bits of `width` bytes as an unsigned constant."""
    text = f"0x{bits:0{2 * width}x}"
    return f"UINT64_C({text})" if width == 8 else f"{text}u"


def literal(data: bytes) -> str:
    """A C string literal, in lines of a readable length."""
    parts = [chr(c) if 32 <= c < 127 and c not in b'"\\?' else f"\\{c:03o}" for c in data]
    lines, line = [], ""
    for part in parts:
        if len(line) + len(part) > 90:
            lines.append(line)
            line = ""
        line += part
    lines.append(line)
    return "\n    ".join(f'"{one}"' for one in lines)
