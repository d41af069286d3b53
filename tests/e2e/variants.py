"""Runtimes that are correct and not like TVM: their codes, slots, errors and order of tensor fields are their own."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.model.kinds import DECLARABLE
from conformance.toolchain.fixtures import root

_KINDS = ("i8", "i16", "i32", "i64", "u8", "u32", "f32", "f64", "bool", "handle")
_EACH = {
    "i8": 1, "i16": 2, "i32": 3, "i64": 4, "u8": 5, "u32": 6, "f32": 0x7D, "f64": 0x7C, "bool": 30, "handle": 31,
    "null": 32, "none": 33, "f16": 0x7B,
}  # fmt: skip
_SHARED = {"whole": 20, "real": 21, "boolean": 30, "address": 31, "nil": 32, "void": 33}


@dataclass(frozen=True)
class Variant:
    """A runtime: the macros of its correct form and of its broken one, and what it says of itself.

    `sources` in C are compiled by each side's compiler; `cpp` is one in C++, of which g++ makes a library first.
    """

    defines: tuple[str, ...]
    mistake: str
    check: str
    rules: str
    policy: str = ""
    sources: tuple[str, ...] = ("runtime.c",)
    binding: str = "variants/binding.h"
    kinds: tuple[str, ...] = field(default=_KINDS)
    cpp: str = ""

    def write(self, folder: Path, broken: bool) -> Path:
        """Its manifest and rules in a folder; the manifest."""
        folder.mkdir(parents=True)
        defines = [f"{name}=1" for name in (*self.defines, *([self.mistake] if broken else []))]
        rules = self.rules
        if "\n" in rules:
            (folder / "rules.toml").write_text(rules)
            rules = "rules.toml"
        sources = [str(root() / "variants" / name) for name in self.sources]
        libraries = [_built(root() / "variants" / self.cpp, folder, defines)] if self.cpp else []
        kinds = f"kinds = {_texts(self.kinds)}\n" if self.kinds else ""
        manifest = folder / "subject.toml"
        manifest.write_text(
            f'[subject]\nname = "variant"\nversion = "1"\nrules = "{rules}"\n{kinds}'
            f'[build]\nbinding = "{root() / self.binding}"\nsources = {_texts(sources)}\ndefines = {_texts(defines)}\n'
            f"libraries = {_texts(libraries)}\n{self.policy}"
        )
        return manifest


def _built(source: Path, folder: Path, defines: Sequence[str]) -> str:
    library = folder / "libruntime.so"
    flags = ["-std=c++17", "-O2", "-shared", "-fPIC", *(f"-D{define}" for define in defines)]
    subprocess.run(["g++", *flags, "-o", str(library), str(source)], check=True)
    return library.name


def _texts(texts: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{text}"' for text in texts) + "]"


def _rules(
    codes: Mapping[str, int], packs_as: Mapping[str, str], slot: str, coerce: Mapping[str, Sequence[str]]
) -> str:
    """A table in which each kind accepts its own code, and converts those of `coerce`."""
    lines = ["[codes]", *(f"{name} = {number}" for name, number in codes.items())]
    lines += ["[packs_as]", *(f'{kind} = "{name}"' for kind, name in packs_as.items())]
    lines += [f"[slot]\n{slot}"]
    for kind in (kind for kind in packs_as if kind in DECLARABLE):
        lines += [f"[accept.{kind}]", f'exact = ["{packs_as[kind]}"]', f"coerce = {_texts(coerce.get(kind, ()))}"]
    lines += ["[policy]", 'range = "truncate"', 'order = "first"', 'after_success = "empty"', 'error_names = ["index"]']
    return "\n".join(lines) + "\n"


def _one_code_each(slot: str) -> str:
    coerce = {"i64": ("i32", "bool"), "f64": ("i32", "i64", "f32", "bool"), "handle": ("null",)}
    return _rules(_EACH, {name: name for name in _EACH}, slot, coerce)


_SHARED_PACKING = {
    **dict.fromkeys(("i8", "i16", "i32", "i64", "u8", "u32"), "whole"), "f32": "real", "f64": "real",
    "bool": "boolean", "handle": "address", "null": "nil", "none": "void",
}  # fmt: skip
_RENAMED = _rules(
    _SHARED,
    _SHARED_PACKING,
    'f32 = "f64"\nintegers = "extended"',
    {"i64": ("boolean",), "f64": ("whole", "boolean"), "handle": ("nil",)},
)
_BARE_AND_SHARED = _rules(
    _SHARED,
    _SHARED_PACKING,
    'f32 = "f32"\nintegers = "bare"',
    {"i64": ("boolean",), "f64": ("whole", "boolean"), "handle": ("nil",)},
).replace("[accept.f64]", '[accept.f64]\ncoerce_as = { whole = "unknown" }')
_FROM_ONE = """[policy]
error_index = 'parameter (?P<index>\\d+):'
error_base = 1
"""
_PRESET = """[policy]
result = "preset"
"""
_COPIES = """[policy]
pointers = "equal"
arrays = "copied"
"""
_CONTENTS = """[policy]
contents = "read"
"""
_DEVICE_FIRST = """[policy]
tensor_order = ["device", "offset", "ndim", "dtype", "lanes", "shape", "strides", "data"]
"""

VARIANTS = {
    "bare-f32": Variant(
        ("ONE_CODE_EACH", "BARE_FLOATS"), "MISTAKE_F32_NARROWED", "X0-MATCH",
        _one_code_each('f32 = "f32"\nintegers = "extended"'),
    ),
    "halves": Variant(
        ("ONE_CODE_EACH", "BARE_FLOATS"), "MISTAKE_F16_LOSES_ITS_LOW_BIT", "X0-MATCH",
        _one_code_each('f32 = "f32"\nintegers = "extended"'), kinds=(*_KINDS, "f16"),
    ),
    "bare-integers": Variant(
        ("ONE_CODE_EACH", "BARE_INTEGERS"), "MISTAKE_I32_READ_AS_I64", "X0-COERCE",
        _one_code_each('f32 = "f64"\nintegers = "bare"'),
    ),
    "bare-and-shared": Variant(
        ("BARE_FLOATS", "BARE_INTEGERS"), "MISTAKE_F32_NARROWED", "X0-MATCH", _BARE_AND_SHARED,
    ),
    "one-code-each": Variant(
        ("ONE_CODE_EACH",), "MISTAKE_I32_TAKES_I64", "X0-TYPE", _one_code_each('f32 = "f64"\nintegers = "extended"')
    ),
    "names-of-its-own": Variant((), "MISTAKE_BOOLEAN_READ_AS_DOUBLE", "X0-COERCE", _RENAMED),
    "parameter-from-one": Variant(
        (), "MISTAKE", "X0-TYPE", "tvm-packed", _FROM_ONE, ("parameter-from-one.c",), "reference/binding.h", ()
    ),
    "tensor-order": Variant(
        (), "MISTAKE", "X0-TENSOR", "tvm-packed", _DEVICE_FIRST, ("tensor-order.c",), "reference/binding.h", ()
    ),
    "marshals": Variant(
        (), "MISTAKE", "X0-MATCH", "tvm-packed", _COPIES, ("marshals.c",), "reference/binding.h", ()
    ),
    "reads-elements": Variant(
        (), "MISTAKE", "X0-TENSOR", "tvm-packed", _CONTENTS, ("reads-elements.c",), "reference/binding.h", ()
    ),
    "result-preset": Variant(
        (), "MISTAKE", "X0-RETURN", "tvm-packed", _PRESET, ("result-preset.c",), "reference/binding.h", ()
    ),
    "in-cpp": Variant(
        (), "MISTAKE", "X0-ERROR", "tvm-packed", "", (), "reference/binding.h", (), "runtime.cpp"
    ),
}  # fmt: skip
