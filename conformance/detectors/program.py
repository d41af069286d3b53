"""Renders drawn calls as plain C of the packed, the unpacked and the direct convention, as it is written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.codegen.reproducer.parts import Argument, Object
from conformance.codegen.reproducer.spelling import Spelling
from conformance.codegen.stubs import environment
from conformance.model.case import Case
from conformance.model.kinds import NONE
from conformance.model.signature import Signature, TensorSpec

COLUMNS = ("X0", "X1", "direct")
"""The conventions of a program's calls, in the order of its table."""

_FILES = {"mistakes.h": "mistakes.h.j2", "callees.c": "callees.c.j2", "callers.c": "callers.c.j2"}
_SPELLING = Spelling(packed=True, has_tensors=True)


@dataclass(frozen=True)
class _Call:
    """A case as the templates take it. What is passed lies on the heap in every second one, on the stack else."""

    n: int
    cls: str
    declared: Signature
    passed: Signature
    declared_args: tuple[Argument, ...]
    passed_args: tuple[Argument, ...]
    specs: tuple[tuple[int, TensorSpec], ...]
    objects: tuple[Object, ...]
    result_objects: tuple[Object, ...]
    result: str

    @property
    def on_heap(self) -> bool:
        return self.n % 2 == 1

    @property
    def declared_ret_kind(self) -> str:
        return self.declared.ret

    @property
    def passed_ret_kind(self) -> str:
        return self.passed.ret

    @property
    def declared_ret(self) -> str:
        return _SPELLING.type_of(self.declared.ret)

    @property
    def passed_ret(self) -> str:
        return _SPELLING.type_of(self.passed.ret)

    @property
    def declared_types(self) -> str:
        return ", ".join(argument.type for argument in self.declared_args) or "void"

    @property
    def passed_types(self) -> str:
        return ", ".join(argument.type for argument in self.passed_args) or "void"

    @property
    def parameters(self) -> str:
        return ", ".join(f"{argument.type} a{argument.i}" for argument in self.declared_args) or "void"

    @property
    def arguments(self) -> str:
        return ", ".join(f"a{argument.i}" for argument in self.declared_args)

    @property
    def from_inputs(self) -> str:
        return ", ".join(f"*({argument.type}*)inputs[{argument.i}]" for argument in self.declared_args)

    @property
    def values(self) -> str:
        return ", ".join(argument.text for argument in self.passed_args)


def render(cases: Sequence[Case]) -> dict[str, str]:
    """The C files of a program by name, but for its main: callers, callees, and the header between them."""
    calls: list[Any] = [_call(n, case) for n, case in enumerate(cases)]
    templates = environment()
    return {name: templates.get_template(f"detectors/{source}").render(calls=calls) for name, source in _FILES.items()}


def call_lines(text: str) -> dict[int, tuple[int, str]]:
    """The number and the column of the call that each line of callers.c is part of, by line, counted from 1."""
    found: dict[int, tuple[int, str]] = {}
    current: tuple[int, str] | None = None
    for line, words in enumerate((line.split() for line in text.splitlines()), 1):
        if words[:2] == ["/*", "call"] and words[4:] == ["*/"]:
            current = int(words[2]), words[3]
        elif words == ["/*", "end", "*/"]:
            current = None
        if current is not None:
            found[line] = current
    return found


def _call(n: int, case: Case) -> _Call:
    objects, arguments = [], []
    for i, value in enumerate(case.payload):
        leads_to = _SPELLING.object_of(value, f"object_{n}_{i}", i)
        if leads_to is not None and leads_to.what != "pointer":
            objects.append(leads_to)
        text, _ = _SPELLING.spell(value, leads_to)
        arguments.append(Argument(i, value.kind, _SPELLING.type_of(value.kind), text))
    result, result_objects = "", []
    if case.result.kind != NONE:
        leads_to = _SPELLING.object_of(case.result, f"result_{n}", 0)
        if leads_to is not None and leads_to.what != "pointer":
            result_objects.append(leads_to)
        result, _ = _SPELLING.spell(case.result, leads_to)
    declared = [Argument(i, p.kind, _SPELLING.type_of(p.kind)) for i, p in enumerate(case.declared.params)]
    specs = tuple((i, param.tensor) for i, param in enumerate(case.declared.params) if param.tensor is not None)
    return _Call(
        n, case.mismatch.cls, case.declared, case.passed, tuple(declared), tuple(arguments), specs,
        tuple(objects), tuple(result_objects), result,
    )  # fmt: skip
