"""Renders the two sides of a bundle, callers and callees, as C translation units."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jinja2

from conformance.model.data_model import NATIVE, DataModel
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Signature, TensorSpec
from conformance.toolchain.cache import default_root
from conformance.toolchain.fixtures import root


class _KeptTemplates(jinja2.FileSystemBytecodeCache):
    """Templates as Python's code, beside the compiled objects: compiling them takes a tenth of a short run."""

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Take what was kept, where anything could be."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Keep one, where anything can be kept."""
        with suppress(OSError):
            Path(self.directory).mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)


@cache
def environment() -> jinja2.Environment:
    """The environment of all templates in c_fixtures/templates."""
    return jinja2.Environment(  # noqa: S701 - what is rendered is C, not HTML
        loader=jinja2.FileSystemLoader(root() / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        bytecode_cache=_KeptTemplates(str(default_root().absolute() / "templates")),
    )


def c_type(kind: str, packed: bool) -> str:
    """The C spelling of a kind in the stubs of a packed or an unpacked subject; `void` for `none`."""
    if kind == NONE:
        return "void"
    return KINDS[kind].c_spelling(None if packed else "Stub")


_STRUCTURES = {
    "AbiBytes": (("bytes",), (("data", "P"), ("size", "P"))),
    "DLDataType": (("dtype", "tensor"), (("code", "B"), ("bits", "B"), ("lanes", "H"))),
    "DLDevice": (("device", "tensor"), (("device_type", "i"), ("device_id", "i"))),
    "DLTensor": (
        ("tensor",),
        (
            ("data", "P"), ("device", "ii"), ("ndim", "i"), ("dtype", "BBH"), ("shape", "P"), ("strides", "P"),
            ("byte_offset", "Q"),
        ),
    ),
}  # fmt: skip
"""The structures that cross, each with the kinds that need it and its members, in letters as `DataModel.structure`."""


def layout_entries(kinds: Sequence[str], packed: bool, data: DataModel = NATIVE) -> list[tuple[str, str, int]]:
    """What X0-LAYOUT compares: (name, C expression, value on a target as DLPack and TVM lay it out)."""
    if not packed:
        return []
    entries = [
        ("AbiValue size", "sizeof(AbiValue)", 8),
        ("AbiValue alignment", "ALIGN_OF(AbiValue)", data.alignment_of(8)),
    ]
    for name, (needed_by, members) in _STRUCTURES.items():
        if not set(needed_by) & set(kinds):
            continue
        letters = "".join(member for _, member in members)
        entries.append((f"{name} size", f"sizeof({name})", len(data.structure(letters, *[0] * len(letters)))))
        widest = max(data.alignment_of(data.size_of(letter)) for letter in letters)
        entries.append((f"{name} alignment", f"ALIGN_OF({name})", widest))
        before = ""
        for member, its in members:
            offset = data.offset_of(before, its)
            size = sum(map(data.size_of, its))
            entries.append((f"{name}.{member} offset", f"offsetof({name}, {member})", offset))
            entries.append((f"{name}.{member} size", f"sizeof((({name}*)0)->{member})", size))
            before += its
    return entries


@dataclass(frozen=True)
class _Lines:
    """What one argument adds to the parts of a stub; `@` stands for the signature's number."""

    type: str
    parameter: str
    pack: str
    store: str
    fence: str
    declare: str
    check: str
    unpack: str
    see: str
    from_payload: str
    from_inputs: str


@cache
def _lines(kind: str, index: int, packed: bool) -> _Lines:
    # Rendered once a kind and place: a template run for every argument of every signature would cost more than
    # compiling it does.
    macros: Any = environment().get_template("argument.j2").module
    spelled = c_type(kind, packed)

    def render(part: str, *more: str) -> str:
        return str(getattr(macros, part)(index, kind, spelled, *more))

    return _Lines(
        type=spelled,
        parameter=f"{spelled} a{index}",
        pack=render("pack"),
        store=render("store"),
        fence=render("fence"),
        declare=render("declare"),
        check=render("check"),
        unpack=render("unpack"),
        see=render("see", f"a{index}"),
        from_payload=f"*({spelled} const*)in[{index}]",
        from_inputs=f"*({spelled} const*)inputs[{index}]",
    )


class _View:
    """A signature as the templates see it; what a template does not ask for is not made."""

    def __init__(self, n: int, signature: Signature, packed: bool) -> None:
        params = signature.params
        self.n = n
        self.signature = signature
        self.text = str(signature)
        self.count = len(params)
        self.ret = signature.ret
        self.ret_type = c_type(signature.ret, packed)
        self.declarable = is_declarable(signature)
        self.lines = [_lines(param.kind, i, packed) for i, param in enumerate(params)]

    @property
    def specs(self) -> list[tuple[int, TensorSpec]]:
        return [(i, param.tensor) for i, param in enumerate(self.signature.params) if param.tensor]

    @property
    def types(self) -> str:
        return ", ".join([line.type for line in self.lines]) or "void"

    @property
    def parameters(self) -> str:
        return ", ".join([line.parameter for line in self.lines]) or "void"

    @property
    def arguments(self) -> str:
        return ", ".join([f"a{i}" for i in range(self.count)])

    @property
    def pack(self) -> str:
        return "".join([line.pack for line in self.lines])

    @property
    def store(self) -> str:
        return "".join([line.store for line in self.lines])

    @property
    def fence(self) -> str:
        return "".join([line.fence for line in self.lines])

    @property
    def declare(self) -> str:
        return "".join([line.declare for line in self.lines])

    @property
    def check(self) -> str:
        return "".join([line.check for line in self.lines])

    @property
    def unpack(self) -> str:
        return "".join([line.unpack for line in self.lines]).replace("@", str(self.n))

    @property
    def see(self) -> str:
        return "".join([line.see for line in self.lines])

    @property
    def from_payload(self) -> str:
        return ", ".join([line.from_payload for line in self.lines])

    @property
    def from_inputs(self) -> str:
        return ", ".join([line.from_inputs for line in self.lines])


@lru_cache(maxsize=256)
def _view(n: int, signature: Signature, packed: bool) -> _View:
    return _View(n, signature, packed)  # both sides of a bundle, and every pair's, show the same signatures


def is_declarable(signature: Signature) -> bool:
    """Whether a callee can have this signature: no argument of a passed-only kind."""
    return all(param.kind != "null" for param in signature.params)


def render_side(role: str, signatures: Sequence[Signature], binding: str, packed: bool, *, cxx: bool = False) -> str:
    """The text of one side: `role` is "callers" or "callees", `binding` the header's name as it is included.

    With `cxx` the header is C++.
    A signature with a passed-only kind (`null`) gets a caller and no callee.
    """
    return (
        environment()
        .get_template(f"{role}.c.j2")
        .render(
            signatures=[_view(n, signature, packed) for n, signature in enumerate(signatures)],
            binding=binding,
            packed=packed,
            cxx=cxx,
        )
    )
