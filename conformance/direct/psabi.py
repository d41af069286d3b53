"""Which text says how a kind crosses a plain C call, on which target, and where it says nothing."""

from __future__ import annotations

from typing import NamedTuple

from conformance.direct.kinds import VARIADIC

LEFT_OPEN = "the psABI leaves this open"
"""How a finding says that neither side is wrong."""


class Text(NamedTuple):
    """What a document says of a kind of value. `open` where it leaves it to the compiler, and neither side is wrong."""

    words: str
    open: bool = False

    def __str__(self) -> str:
        return f"{LEFT_OPEN}: {self.words}" if self.open else self.words


_DOCUMENTS = {
    "x86-64": "x86-64 psABI 3.2.3, parameter passing",
    "i386": "i386 psABI 2.2.3, parameter passing and returning values",
    "aarch64": "AAPCS64, parameter passing",
    "armhf": "AAPCS32 with VFP registers, parameter passing",
    "riscv64": "RISC-V ABIs specification, procedure calling convention",
    "s390x": "s390x ELF ABI supplement, parameter passing",
    "ppc64": "64-bit PowerPC ELF ABI supplement 1.9, section 3.2.3, parameter passing",
    "powerpc": "PowerPC System V ABI supplement, chapter 3, parameter passing",
    "mips": "MIPS System V ABI supplement (o32), chapter 3, parameter passing",
}

_FLEXIBLE = Text(
    "neither C (C17 6.7.2.1) nor the calling convention says how a structure that ends in an array without a length is "
    "passed by value",
    open=True,
)

_X86_64 = {
    "narrow": Text(
        "x86-64 psABI 3.2.3 does not say whether who passes or who reads a narrow integer extends it", open=True
    ),
    "bool": Text(
        "x86-64 psABI 3.2.3 has the lowest 8 bits of a bool be 0 or 1, and does not say what lies above them", open=True
    ),
    "char": Text("x86-64 psABI 3.1.2, figure 3.1: a plain char is signed"),
    "enum": Text("x86-64 psABI 3.1.2, figure 3.1: an enumeration has 4 bytes"),
    "int128": Text(
        "x86-64 psABI 3.2.3: an __int128 is two INTEGER eightbytes, both in registers or both on the stack, there "
        "aligned to 16 bytes; a register that is too few for it is left to what follows"
    ),
    "long_double": Text("x86-64 psABI 3.1.2 and 3.2.3: a long double has 80 bits in 16 bytes, class X87, in memory"),
    "complex": Text("x86-64 psABI 3.2.3: a complex number is classified as a structure of its two parts"),
    "vector16": Text("x86-64 psABI 3.2.3: a vector of 16 bytes is SSE and SSEUP, in one vector register"),
    "vector32": Text(
        "x86-64 psABI 3.2.3 has vectors of 32 bytes in registers of AVX; for code built without AVX it says nothing",
        open=True,
    ),
    "struct_large": Text("x86-64 psABI 3.2.3: a structure of more than 16 bytes is passed in memory"),
    "dots": Text("x86-64 psABI 3.5.7: variable arguments are passed as others are, al bounds the vector registers"),
    "struct": Text("x86-64 psABI 3.2.3: each eightbyte of a structure of up to 16 bytes has a class of its own"),
    "": Text("x86-64 psABI 3.2.3: six INTEGER arguments and eight SSE ones in registers, the others on the stack"),
}

_I386 = {
    "narrow": Text("i386 psABI 2.2.3 does not say what lies above a narrow integer in its slot or register", open=True),
    "bool": Text("i386 psABI 2.2.3 does not say what lies above a bool in its slot or register", open=True),
    "char": Text("i386 psABI 2.1.1: a plain char is signed"),
    "enum": Text("i386 psABI 2.1.1: an enumeration has 4 bytes"),
    "long_double": Text("i386 psABI 2.1.1: a long double has 80 bits in 12 bytes, aligned to 4"),
    "struct": Text("i386 psABI 2.2.3: a structure is passed on the stack, and returned where a hidden pointer leads"),
    "vector16": Text(
        "i386 psABI 2.2.3 has vectors of 16 bytes in registers of SSE; for code built without SSE it says nothing",
        open=True,
    ),
    "vector32": Text(
        "i386 psABI 2.2.3 has vectors of 32 bytes in registers of AVX; for code built without AVX it says nothing",
        open=True,
    ),
    "": Text("i386 psABI 2.2.3: all arguments but vectors are passed on the stack"),
}

_AARCH64 = {
    name: Text("AAPCS64 leaves the bits above a narrow value in its register unspecified", open=True)
    for name in ("narrow", "bool")
}

_TEXTS = {"x86-64": _X86_64, "i386": _I386, "aarch64": _AARCH64}

STRANGE_BOOL = Text("no text says what a bool is that holds neither 0 nor 1", open=True)


def text(target: str, family: str) -> Text:
    """What is said of a family of kinds on a target: of itself, or of those that it is one of."""
    texts, plain = _TEXTS.get(target, {}), family.removeprefix(VARIADIC)
    if plain == "struct_flexible":
        return _FLEXIBLE
    within = plain.removeprefix("struct_of_")
    names = [plain, within] if within != plain else [plain, *(["struct"] if plain.startswith("struct") else [])]
    if family != plain:
        names.insert(0, "dots")
    found = next((texts[name] for name in (*names, "") if name in texts), None)
    if within in ("char", "enum") and within != plain and found is not None:
        return Text(f"{texts['struct'].words}; {found.words}")
    return found or Text(_DOCUMENTS.get(target, "the target's calling convention"))


def above(target: str, narrow: str) -> Text:
    """What is said of the bits above a narrow kind in its register or slot."""
    return text(target, "bool" if narrow == "bool" else "narrow")
