"""Renders a finding as a C program of its own, which makes the call and judges it without Python."""

from __future__ import annotations

import re
import shlex
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from conformance.codegen.stubs import environment, layout_entries
from conformance.generation import payloads
from conformance.model.case import MATCH, NO_WIRE, Case
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import MAX_ARGS, Param, Signature, TensorSpec
from conformance.model.value import NO_VALUE, Value
from conformance.oracle import bits as b
from conformance.oracle import predict
from conformance.oracle.conversions import text_of_dtype
from conformance.oracle.judge import required as required_words
from conformance.oracle.predict import Arg, Prediction, Seen
from conformance.subjects.manifest import Subject
from conformance.toolchain.fixtures import root

Commands = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""Compiler ids with the command and the flags that they stand for."""

_PLAIN = {
    "bytes": "const PlainBytes*",
    "tensor": "PlainTensor*",
    "dtype": "PlainDType",
    "device": "PlainDevice",
}
"""How the kinds are spelled whose types an unpacked subject's header need not define."""

_FOLLOWED = ("str", "bytes", "tensor")

_OWN_CHECKS = ("tensor", "str", "dtype", "handle", "i32")
"""Kinds whose conversion may reject by a check of its own, which a release build keeps (oracle/judge.py)."""


class NoReproducerError(ValueError):
    """A case that no C program of its own can show; the message says why."""


@dataclass(frozen=True)
class Recipe:
    """Where the subject's files are, seen from the reproducer's folder, and what compiles the two sides."""

    binding: str
    sources: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    libraries: tuple[Path, ...] = ()
    commands: Commands = field(default_factory=dict)

    @staticmethod
    def in_place(subject: Subject, commands: Commands | None = None) -> Recipe:
        """The subject's files where they are, by absolute paths."""
        return Recipe(
            binding=str(subject.binding),
            sources=tuple(map(str, subject.sources)),
            include=tuple(map(str, dict.fromkeys((subject.binding.parent, *subject.include)))),
            libraries=subject.libraries,
            commands=commands or {},
        )


@dataclass(frozen=True)
class _Object:
    """What a pointer leads to, as a C definition; `pointer` is the expression that leads there."""

    what: str
    name: str
    pointer: str
    type: str = ""
    text: str = ""
    size: int = 0
    spec: TensorSpec | None = None
    offset: str = "0"
    no_data: bool = False


@dataclass(frozen=True)
class _Spelled:
    """A value as C: its text and a comment that says what it is."""

    text: str
    comment: str = ""


@dataclass(frozen=True)
class _Argument:
    """One argument of one side."""

    i: int
    kind: str
    type: str
    text: str = ""
    comment: str = ""
    sees: str = ""


@dataclass(frozen=True)
class _Must:
    """What must have arrived: `how` is bits, address, content, tensor, value, untaken, nothing or open."""

    how: str
    i: int = 0
    width: int | str = 0
    text: str = ""
    type: str = ""
    comment: str = ""


@dataclass(frozen=True)
class _Due:
    """What must come of one call."""

    outcome: str
    words: str
    optional: bool = False
    entered: bool = False
    named: tuple[int, ...] = ()
    expected: tuple[str, ...] = ()
    received: tuple[str, ...] = ()
    handle_passed: bool = True
    fenv: bool = False
    ret_code: int | None = None
    arguments: tuple[_Must, ...] = ()
    taken: _Must | None = None
    out: _Must | None = None


@dataclass(frozen=True)
class _Code:
    """A code that is changed on the wire."""

    at: int
    code: str
    name: str


@dataclass(frozen=True)
class _Call:
    """One call as the caller makes it."""

    name: str
    title: str
    packed: bool
    callee: int
    arguments: tuple[_Argument, ...]
    objects: tuple[_Object, ...]
    takes: str
    take_type: str
    count: int
    handed: int
    num_args: str
    codes: tuple[_Code, ...]
    null_args: bool
    null_codes: bool
    has_ret: bool
    slots: int
    same: tuple[str, ...]
    whole: tuple[str, ...]
    due: _Due | None


@dataclass(frozen=True)
class _Step:
    """A case with its mode: the calls that it takes. Those of the history are not judged."""

    mode: str
    calls: tuple[_Call, ...]
    prefix: str
    title: str
    lead: str
    judged: bool
    error_kept: bool


@dataclass(frozen=True)
class _Made:
    """One call as data: what `_Call` is rendered from."""

    case: Case
    values: tuple[Value, ...]
    result: Value


@dataclass
class _Callee:
    """One function that is called. `hidden` are the arguments that may be read as bytes of an address."""

    n: int
    declared: Signature
    packed: bool
    result_value: Value
    follow: bool
    hidden: set[int] = field(default_factory=set)


def render(
    case: Case,
    subject: Subject,
    required: str,
    observed: str,
    recipe: Recipe | None = None,
) -> dict[str, str]:
    """The files of a reproducer by name: both sides in C, a Makefile and a README. Raises NoReproducerError.

    Without a recipe the subject's files are used where they are, and `cc` compiles both sides.
    """
    return _Renderer(case, subject, required, observed, recipe or Recipe.in_place(subject)).files()


class _Renderer:
    def __init__(self, case: Case, subject: Subject, required: str, observed: str, recipe: Recipe) -> None:
        if case.convention == "direct":
            raise NoReproducerError("a direct call shows a fault of the harness, not of a subject")
        if case.convention == "packed" and not subject.packed:
            raise NoReproducerError(f"{subject.name} is an unpacked runtime, and the case is a packed call")
        self.case = case
        self.subject = subject
        self.recipe = recipe
        self.rules = subject.rules
        self.has_tensors = not subject.packed or "tensor" in subject.kinds
        self.callees: dict[tuple[Signature, str, Value, bool], _Callee] = {}
        self.finding = {
            "check": _in_comment(case.check),
            "key": _in_comment(case.key),
            "declared": str(case.declared),
            "passed": str(case.passed),
            "required": _in_comment(required),
            "observed": _in_comment(observed),
            "subject": _in_comment(subject.name),
            "version": _in_comment(subject.version),
        }

    # ---- The files -----------------------------------------------------------------------------------------

    def files(self) -> dict[str, str]:
        """All files by name."""
        layout = self.case.mismatch.cls == "layout"
        common: dict[str, Any] = {"finding": self.finding, "recipe": self.recipe, "layout": layout}
        common |= {"release": self.case.release, "unpacked_header": False, **self._build(layout)}
        if layout:
            common["layout"] = layout_entries(self.subject.kinds, self.subject.packed)
            out = {
                "caller.c": _text("layout_caller.c.j2", common),
                "callee.c": _text("layout_callee.c.j2", common),
                "layout.h": _text("layout.h.j2", common),
            }
        else:
            out = self._program(common)
        out["Makefile"] = _text("Makefile.j2", common)
        readme = {"history": len(self.case.history), "notes": self._notes()}
        out["README.txt"] = _text("README.txt.j2", common | readme)
        return out

    def _program(self, common: dict[str, Any]) -> dict[str, str]:
        steps = self._steps()
        every = (*self.case.history, self.case)
        looked_at = [param.kind for one in every if one.follow_pointers for param in one.declared.params]
        common["unpacked_header"] = self.subject.packed and any(one.convention == "unpacked" for one in every)
        common |= {
            "steps": steps,
            "callees": [self._callee_view(callee) for callee in self.callees.values()],
            "packed": self.subject.packed,
            "plain_types": not self.subject.packed,
            "tensor_words": self._tensor_type if "tensor" in looked_at and self.has_tensors else "",
            "looks_for_error": self.subject.packed and any(one.mode == "after" for one in every),
            "ending": self._ending(),
        }
        out = {name: _text(f"{name}.j2", common) for name in ("caller.c", "callee.c", "reproducer.h")}
        folder = root() / "templates" / "reproducer"
        out |= {name: (folder / name).read_text("utf-8") for name in ("support.c", "support.h")}
        if common["unpacked_header"]:
            out["unpacked.h"] = (root() / "reference" / "unpacked.h").read_text("utf-8")
        return out

    def _ending(self) -> str:
        case = self.case
        if case.against is not None:
            return "COMPARED"
        traps = case.mismatch.cls != "match" and (case.release or case.convention == "unpacked")
        return "CRASH_CONFORMS" if traps or self._is_unclaimed(case) else "JUDGED"

    def _build(self, layout: bool) -> dict[str, Any]:
        case, recipe = self.case, self.recipe
        pairs = [(case.caller, case.callee)]
        if case.against is not None and not layout:
            pairs.insert(0, case.against)
        names = ("reproducer",) if len(pairs) == 1 else ("first", "second")
        programs = [
            {
                "name": name,
                "suffix": suffix,
                "library": f"libsubject{suffix.lower()}.so",
                "caller": self._side(caller),
                "callee": self._side(callee),
            }
            for name, suffix, (caller, callee) in zip(names, ("", "_2"), pairs, strict=False)
        ]
        flags = [f"-D{define}" for define in self.subject.defines]
        flags += [f"-I{folder}" for folder in recipe.include] + list(self.subject.flags)
        libraries = [str(library) for library in recipe.libraries]
        if libraries:
            # A library that only registers itself is linked like any other.
            folders = dict.fromkeys(str(library.parent) for library in recipe.libraries)
            libraries = ["-Wl,--no-as-needed", *libraries, *(f"-Wl,-rpath={folder}" for folder in folders)]
        return {
            "programs": programs,
            "subject_flags": _make(flags),
            "sources": _make(recipe.sources),
            "libraries": _make(libraries),
        }

    def _side(self, compiler: str) -> dict[str, str]:
        command, flags = self.recipe.commands.get(compiler, ((), ()))
        if _is_dynamic(compiler):
            flags = (*flags, "-DABI_DYNAMIC")
        return {"command": _make(command or ("cc",)), "flags": _make(flags)}

    def _notes(self) -> list[str]:
        case, notes = self.case, []
        for compiler in dict.fromkeys([*(case.against or ()), case.caller, case.callee]):
            if _is_dynamic(compiler):
                roles = {"called": case.caller, "was called": case.callee}
                sides = [role for role, used in roles.items() if used == compiler] or ["called"]
                notes.append(
                    f"In the run it was Python that {' and '.join(sides)}, through cffi. Here C stands in:\n"
                    "that side is compiled with -DABI_DYNAMIC, by which the binding header can tell that it\n"
                    "is what Python reaches."
                )
            elif not self.recipe.commands.get(compiler, ((), ()))[0]:
                notes.append(
                    f"In the run a side was compiled by {compiler}, which is no program here: cc stands in.\n"
                    "Where the compiler matters and its program is installed, name it, as in\n"
                    "`make CC_CALLER=tcc CC_CALLEE=tcc`."
                )
        return notes

    # ---- The calls -----------------------------------------------------------------------------------------

    def _steps(self) -> list[_Step]:
        steps = []
        for k, one in enumerate(self.case.history, 1):
            steps.append(self._step(one, f"earlier_{k}_", f"earlier call {k}", judged=False))
        title = "the call" if self.case.history else ""
        steps.append(self._step(self.case, "", title, judged=True))
        return steps

    def _step(self, case: Case, prefix: str, title: str, judged: bool) -> _Step:
        result = case.result if case.result != NO_VALUE else payloads.result(case.declared.ret)
        result = result if case.declared.ret != NONE else NO_VALUE
        own = _Made(case, case.payload, result)
        mine = case.payload if case.passed == case.declared else payloads.payload(case.declared, 0)
        second = case.second or case.payload
        plain = replace(case, passed=case.declared, payload=mine, mismatch=MATCH, wire=NO_WIRE)
        beside = _Made(plain, mine, result)
        made: list[tuple[str, _Made, bool]]
        if case.mode == "after":
            made = [("the_call", own, judged), ("the_next_call", beside, False)]
        elif case.mode == "nested":
            inner = replace(own, case=replace(case, payload=second), values=second)
            made = [("the_outer_call", beside, judged), ("the_inner_call", inner, judged)]
        elif case.mode == "concurrent":
            other = second if case.passed == case.declared else mine
            one = replace(beside, case=replace(plain, payload=other), values=other)
            made = [("call_of_thread_0", beside, judged), ("call_of_thread_1", one, judged)]
        elif case.mode == "own-error":
            made = [("the_call", own, judged), ("the_outer_call", beside, False)]
        else:
            made = [("the_call", own, judged)]
        return _Step(
            mode=case.mode,
            calls=tuple(self._call(prefix + name, call, is_judged) for name, call, is_judged in made),
            prefix=prefix,
            title=title,
            lead=f"{title}, " if title else "",
            judged=judged,
            error_kept=self.rules.after_success == "kept",
        )

    def _call(self, name: str, made: _Made, judged: bool) -> _Call:
        case, packed, n = made.case, made.case.convention == "packed", len(made.values)
        objects = [self._object(value, f"value_{i}", i) for i, value in enumerate(made.values)]
        callee = self._callee(case, made)
        wire = case.wire if packed else NO_WIRE
        handed = n if wire.count is None else min(n, max(wire.count, 0))
        nulls = set(wire.nulls)
        same: list[str] = []
        whole: list[str] = []
        if packed:
            whole = [array for array in ("args", "codes") if array not in nulls]
            if handed:
                same = [
                    f"memcmp({array}, {kept}, {handed} * sizeof *{array}) == 0"
                    for array, kept in (("args", "values"), ("codes", "value_codes"))
                    if array not in nulls
                ]
            whole += [] if "ret" in nulls else ["ret", "ret_code"]
        elif judged and case.mismatch.cls == "match":
            slots = max(1, n, len(case.declared))
            same = [f"memcmp({a}, {a}_before, {slots} * sizeof *{a}) == 0" for a in ("slots", "inputs")]
            whole = ["out"]
        return _Call(
            name=name,
            title=_title(case),
            packed=packed,
            callee=callee.n,
            arguments=tuple(
                _Argument(i, p.kind, self._type(p.kind), *self._spell(value, objects[i]))
                for i, (p, value) in enumerate(zip(case.passed.params, made.values, strict=True))
            ),
            objects=tuple(one for one in objects if one is not None and one.what != "pointer"),
            takes=case.passed.ret,
            take_type=self._type(case.passed.ret),
            count=n,
            handed=handed,
            num_args=_int32(n if wire.count is None else wire.count),
            codes=tuple(self._code(at, code) for at, code in wire.codes if 0 <= at < n),
            null_args="args" in nulls,
            null_codes="codes" in nulls,
            has_ret=packed and "ret" not in nulls,
            slots=max(1, n, len(case.declared)),
            same=tuple(same),
            whole=tuple(f"whole({array})" for array in whole),
            due=self._due(made, objects) if judged else None,
        )

    def _code(self, at: int, code: int) -> _Code:
        known = code in self.rules.codes.values()
        return _Code(at, _int32(code), self.rules.names_of(code) if known else "no code of the table")

    def _callee(self, case: Case, made: _Made) -> _Callee:
        key = (case.declared, case.convention, made.result, case.follow_pointers)
        callee, packed = self.callees.get(key), case.convention == "packed"
        if callee is None:
            n = len(self.callees)
            callee = _Callee(n, case.declared, packed, made.result, case.follow_pointers)
            self.callees[key] = callee
        for i, (param, value) in enumerate(zip(case.declared.params, made.values, strict=False)):
            if not packed and _leads_somewhere(value) and not KINDS[param.kind].is_pointer:
                callee.hidden.add(i)
        return callee

    def _callee_view(self, callee: _Callee) -> dict[str, Any]:
        declared = callee.declared
        result = self._object(callee.result_value, f"result_{callee.n}", MAX_ARGS)
        types = [self._type(param.kind) for param in declared.params]
        names = [f"a{i}" for i in range(len(types))]
        return {
            "n": callee.n,
            "text": str(declared),
            "packed": callee.packed,
            "ret": declared.ret,
            "ret_type": self._type(declared.ret),
            "result": result if result is not None and result.what != "pointer" else None,
            "returns": None if declared.ret == NONE else _Spelled(*self._spell(callee.result_value, result)),
            "specs": [(i, param.tensor) for i, param in enumerate(declared.params) if param.tensor],
            "arguments": [
                _Argument(i, param.kind, types[i], sees=self._sees(callee, i, param))
                for i, param in enumerate(declared.params)
            ],
            "parameters": ", ".join(map(" ".join, zip(types, names, strict=True))) or "void",
            "names": ", ".join(names),
            "from_inputs": ", ".join(f"*({one}*)inputs[{i}]" for i, one in enumerate(types)),
        }

    def _sees(self, callee: _Callee, i: int, param: Param) -> str:
        if not KINDS[param.kind].is_pointer:
            return "address" if i in callee.hidden else "value"
        return param.kind if callee.follow and param.kind in _FOLLOWED else "pointer"

    # ---- Values --------------------------------------------------------------------------------------------

    @property
    def _tensor_type(self) -> str:
        return "DLTensor" if self.subject.packed else "PlainTensor"

    def _type(self, kind: str) -> str:
        if kind == NONE:
            return "void"
        return KINDS[kind].c_type if self.subject.packed else _PLAIN.get(kind, KINDS[kind].c_type)

    def _object(self, value: Value, name: str, place: int) -> _Object | None:
        """What a pointer leads to, None for what leads nowhere. What is "pointer" needs no definition."""
        if not _leads_somewhere(value):
            return None
        if value.guarded:
            return _Object("pointer", name, f"no_access({place})")
        if value.data is not None and value.kind == "bytes":
            of_type = "AbiBytes" if self.subject.packed else "PlainBytes"
            return _Object("bytes", name, f"&{name}", of_type, _literal(value.data), len(value.data))
        if value.data is not None:
            return _Object("str", name, name, text=_literal(value.data), size=len(value.data))
        if value.tensor is None:
            return _Object("pointer", name, f"(void*)(uintptr_t)UINT64_C({value.bits:#x})")
        if not self.has_tensors:
            return _Object("object", name, f"(void*){name}")
        return _Object(
            what="tensor",
            name=name,
            pointer=f"(void*)&{name}",
            type=self._tensor_type,
            spec=value.tensor,
            offset=f"UINT64_C({value.tensor.byte_offset})" if value.tensor.byte_offset else "0",
            no_data=value.no_data,
        )

    def _spell(self, value: Value, leads_to: _Object | None) -> tuple[str, str]:
        """The C text of a value, and the comment behind it."""
        kind, bits = value.kind, value.bits
        if KINDS[kind].is_pointer:
            return (leads_to.pointer, "") if leads_to is not None else ("NULL", "")
        width = KINDS[kind].width
        shown = f" /* 0x{bits:0{2 * width}x} */"
        if kind == "bool":
            return ("true" if bits else "false"), ""
        if kind == "f32":
            return f"f32_of(0x{bits:08x}u)", f" /* {_float('<f', bits, 4)} */"
        if kind == "f64":
            return f"f64_of(UINT64_C(0x{bits:016x}))", f" /* {_float('<d', bits, 8)} */"
        if kind == "dtype":
            parts = bits & 0xFF, bits >> 8 & 0xFF, bits >> 16 & 0xFFFF
            return f"({self._type(kind)}){{{parts[0]}, {parts[1]}, {parts[2]}}}", ""
        if kind == "device":
            device = b.signed(bits, 4), b.signed(bits >> 32, 4)
            return f"({self._type(kind)}){{{_int32(device[0])}, {_int32(device[1])}}}", ""
        if KINDS[kind].family == "uint":
            return (f"UINT64_C({bits})" if width == 8 else f"{bits}u"), shown
        number = b.signed(bits, width)
        if width == 8:
            return ("INT64_MIN" if number == -(2**63) else f"INT64_C({number})"), shown
        return _int32(number), shown

    # ---- What must come of a call --------------------------------------------------------------------------

    def _is_unclaimed(self, case: Case) -> bool:
        if case.convention != "packed" or case.release:
            return False
        known = (*self.subject.claims, "match", "coerce", "width", "sign", "swap", "layout")
        return case.mismatch.cls not in known

    def _due(self, made: _Made, objects: Sequence[_Object | None]) -> _Due:
        case, rules = made.case, self.rules
        args = [_arg(value, i) for i, value in enumerate(made.values)]
        result = _arg(made.result, MAX_ARGS) if case.declared.ret != NONE else None
        packed = case.convention == "packed"
        codes = [rules.code(param.kind) for param in case.passed.params] if packed else []
        for at, code in case.wire.codes if packed else ():
            if 0 <= at < len(codes):
                codes[at] = code
        prediction = self._prediction(case, args, codes, result)
        words = required_words(case, prediction)
        handle_passed = rules.resource_handle == "passed"
        if case.release and case.mismatch.cls != "match":
            return _Due("undetected", words, named=self._own_checks(case))
        due = _Due(
            outcome=prediction.outcome,
            words=words,
            entered=prediction.entered,
            handle_passed=handle_passed,
            fenv=case.mismatch.cls == "match" and case.mode == "plain",
        )
        if prediction.outcome == "rejected":
            return self._with_error(replace(due, optional=self._is_unclaimed(case)), case, prediction)
        seen = [
            self._must_see(case, i, param, one, args, codes, objects)
            for i, (param, one) in enumerate(zip(case.declared.params, prediction.seen or (), strict=True))
        ]
        due = replace(due, arguments=tuple(seen))
        returned = self._object(made.result, f"result_{self._callee(case, made).n}", MAX_ARGS)
        if not packed:
            return replace(due, out=self._out(made.result, returned))
        ret_code = prediction.ret_code if case.mode == "plain" else None
        return replace(due, ret_code=ret_code, taken=_taken(case, prediction, returned))

    def _out(self, result: Value, returned: _Object | None) -> _Must:
        """What must lie in the slot of an unpacked call's result."""
        if result == NO_VALUE:
            return _Must("nothing")
        text, comment = self._spell(result, returned)
        return _Must("value", 0, KINDS[result.kind].width, text, self._type(result.kind), comment)

    def _prediction(self, case: Case, args: list[Arg], codes: list[int], result: Arg | None) -> Prediction:
        taken, cls, follow = case.passed.ret, case.mismatch.cls, case.follow_pointers
        if case.convention == "unpacked":
            slots = [payloads.poison(place) for place in (*range(MAX_ARGS), payloads.RESULT_PLACE)]
            return predict.unpacked(case.declared, args, slots, result, taken, cls, follow)
        count = len(args) if case.wire.count is None else case.wire.count
        call = predict.Call(args, codes, count, case.wire.nulls)
        return predict.packed(self.rules, case.declared, call, result, taken, cls, follow)

    def _own_checks(self, case: Case) -> tuple[int, ...]:
        """The arguments whose conversion may reject although checks are compiled out."""
        kinds = [param.kind for param in case.declared.params]
        found = {i for i, kind in enumerate(kinds) if kind == "tensor"}
        index = case.mismatch.index
        if index is not None and index < len(kinds) and kinds[index] in _OWN_CHECKS:
            found.add(index)
        return tuple(sorted(found))

    def _with_error(self, due: _Due, case: Case, prediction: Prediction) -> _Due:
        """The same with what the error of a rejection must name."""
        rules, index = self.rules, case.mismatch.index
        if prediction.named is not None and "index" in rules.error_names:
            due = replace(due, named=prediction.any_of or (prediction.named,))
        if case.mismatch.cls != "type" or index is None or index >= len(case.declared):
            return due
        kind = case.declared.params[index].kind
        if "expected" in rules.error_names:
            words = dict.fromkeys([*rules.accept[kind], rules.code_name(kind), kind])
            due = replace(due, expected=tuple(words))
        if "received" in rules.error_names and index < len(case.passed):
            code = dict(case.wire.codes).get(index, rules.code(case.passed.params[index].kind))
            due = replace(due, received=tuple(dict.fromkeys((rules.names_of(code), str(code)))))
        return due

    def _must_see(
        self,
        case: Case,
        i: int,
        param: Param,
        seen: Seen,
        args: list[Arg],
        codes: list[int],
        objects: Sequence[_Object | None],
    ) -> _Must:
        arg = args[i] if i < len(args) else None
        leads_to = objects[i] if i < len(objects) else None
        info = KINDS[param.kind]
        if seen.bits is None:
            return _Must("open", i)
        if arg is not None and leads_to is not None:
            if not info.is_pointer and codes:  # a conversion, as of a str to a dtype
                return _Must("bits", i, info.width, _hex(seen.bits, info.width))
            if not info.is_pointer:
                known = param.kind != "bool"
                return _Must("address", i, info.width, leads_to.pointer) if known else _Must("open", i)
            name = self.rules.names_of(codes[i]) if codes else ""
            followed = case.follow_pointers and param.kind in _FOLLOWED and not arg.value.guarded
            if name == "null":
                return _Must("address", i, 8, "NULL")
            if followed and leads_to.what == "tensor":
                return _Must("tensor", i, 0, f"&{leads_to.name}")
            if followed and leads_to.what == "str":
                return _Must("content", i, f"sizeof {leads_to.name} - 1", leads_to.name)
            if followed and leads_to.what == "bytes":
                return _Must("content", i, f"{leads_to.name}.size", f"{leads_to.name}.data")
            return _Must("address", i, 8, leads_to.pointer)
        if arg is not None and arg.kind == "dtype" and param.kind == "str":
            text = text_of_dtype(arg.bits)
            return _Must("open", i) if text is None else _Must("content", i, len(text), _literal(text))
        if info.is_pointer and seen.bits == 0:
            return _Must("address", i, 8, "NULL")
        return _Must("bits", i, info.width, _hex(seen.bits, info.width))


def _taken(case: Case, prediction: Prediction, returned: _Object | None) -> _Must | None:
    taken = case.passed.ret
    if taken == NONE or "ret" in case.wire.nulls:
        return None
    if prediction.outcome == "take-rejected":
        return _Must("untaken")
    if prediction.taken is None:
        return _Must("open")
    width = KINDS[taken].width
    if returned is not None and KINDS[taken].is_pointer:
        return _Must("address", 0, width, returned.pointer)
    return _Must("bits", 0, width, _hex(int.from_bytes(prediction.taken[:width], "little"), width))


def _arg(value: Value, place: int) -> Arg:
    """The value as the oracle takes it; a pointer has an address that is like no other value."""
    address = 0x5EAD_0000_0000_0000 + (place + 1 << 20) if _leads_somewhere(value) else value.bits
    return Arg(value.kind, address, value)


def _leads_somewhere(value: Value) -> bool:
    return value.kind != NONE and KINDS[value.kind].is_pointer and (not value.is_null or value.bits != 0)


def _title(case: Case) -> str:
    if case.passed == case.declared:
        return f"{case.declared}, as it is declared"
    return f"{case.declared}, called as {case.passed}"


def _is_dynamic(compiler: str) -> bool:
    return compiler in ("dynamic", "dynamic-api")


def _text(template: str, values: dict[str, Any]) -> str:
    text = environment().get_template(f"reproducer/{template}").render(values)
    return re.sub(r"\n{3,}", "\n\n", text)


def _in_comment(words: str) -> str:
    """Words that can stand in a comment of C and of make, in one line."""
    return " ".join(words.replace("*/", "* /").replace("/*", "/ *").replace("\\", "/").split())


def _make(words: Sequence[str]) -> str:
    """Words for a shell as a makefile's variable holds them."""
    return shlex.join(words).replace("$", "$$").replace("#", "\\#")


def _int32(number: int) -> str:
    if number == -(2**31):
        return "INT_MIN"
    return "INT_MAX" if number == 2**31 - 1 else str(number)


def _hex(bits: int, width: int) -> str:
    text = f"0x{bits:0{2 * width}x}"
    return f"UINT64_C({text})" if width == 8 else f"{text}u"


def _float(layout: str, bits: int, width: int) -> str:
    return repr(struct.unpack(layout, bits.to_bytes(width, "little"))[0])


def _literal(data: bytes) -> str:
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
