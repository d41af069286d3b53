"""Renders a finding as a C program of its own, which makes the call and judges it without Python."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from conformance.codegen.missing import stand_ins
from conformance.codegen.reproducer.parts import Argument, Callee, CallView, Code, Object, Spelled, Step, ValueDue
from conformance.codegen.reproducer.recipe import Recipe, build, compared_with, has_fences, notes, version_of
from conformance.codegen.reproducer.spelling import Spelling, hexadecimal, in_comment, int32, literal
from conformance.codegen.stubs import environment, layout_entries
from conformance.generation import payloads
from conformance.generation.presets import NO_CODE, old_value
from conformance.model.case import MATCH, NO_MUTATIONS, RESULT, Case, Mutations, often
from conformance.model.expectation import ExpectedValue, StoredExpectation, expectations_of
from conformance.model.kinds import FOLLOWED, KINDS, NONE
from conformance.model.signature import Param, Signature
from conformance.model.value import Value
from conformance.oracle.sendable import has_elements
from conformance.rules.policy import ERROR_INDEX
from conformance.subjects.manifest import BuiltSubject
from conformance.toolchain.fixtures import root

_PARTS = {"support": "templates/reproducer", "common": "harness", "machine": "harness"}
"""The C that every reproducer of a call is linked with, and its folder."""

_FENCE = "fence.h"
"""The header by which a program tells AddressSanitizer what nobody may touch."""


_UNREAD_ERRORS = """\
The errors of this runtime name their argument by a pattern of its own, which is not looked for here:
that one names another argument, or none, is not shown."""


class NoReproducerError(ValueError):
    """A case that no C program of its own can show; the message says why."""


def render(
    case: Case,
    subject: BuiltSubject,
    required: str,
    observed: str,
    recipe: Recipe | None = None,
) -> dict[str, str]:
    """The files of a reproducer by name: both sides in C, a Makefile and a README. Raises NoReproducerError.

    Without a recipe the subject's files are used where they are, and `cc` compiles both sides.
    """
    return _Renderer(case, subject, required, observed, recipe or Recipe.in_place(subject)).files()


class _Renderer:
    def __init__(self, case: Case, subject: BuiltSubject, required: str, observed: str, recipe: Recipe) -> None:
        if case.convention == "direct":
            raise NoReproducerError("a direct call shows a fault of the harness, not of a subject")
        if case.convention == "packed" and not subject.packed:
            raise NoReproducerError(f"{subject.name} is an unpacked runtime, and the case is a packed call")
        self.case = case
        self.subject = subject
        self.recipe = recipe
        self.rules = subject.rules
        has_tensors = not subject.packed or "tensor" in subject.kinds
        self.spelling = Spelling(subject.packed, has_tensors, subject.rules.reads_contents)
        if case.mismatch.cls != "layout":
            self.expected, self.expected_of_other = expectations_of(case)
        self.callees: dict[tuple[Signature, str, Value, bool], Callee] = {}
        self.finding = {
            "check": in_comment(case.check),
            "key": in_comment(case.key),
            "declared": str(case.declared),
            "passed": str(case.passed),
            "required": in_comment(required),
            "observed": in_comment(observed),
            "subject": in_comment(subject.name),
            "version": in_comment(subject.version),
        }

    def files(self) -> dict[str, str]:
        """All files by name."""
        layout = self.case.mismatch.cls == "layout"
        common: dict[str, Any] = {"finding": self.finding, "recipe": self.recipe, "layout": layout}
        ext = "cc" if self.subject.is_cxx else "c"
        common |= {"cxx": self.subject.is_cxx, "ext": ext}
        common["parts"] = () if layout else tuple(_PARTS)
        common |= {
            "release": self.case.release,
            "versions": _versions(self.case),
            "unpacked_header": False,
            **build(self.case, self.subject, self.recipe, layout),
        }
        if layout:
            common["layout"] = layout_entries(self.subject.kinds, self.subject.packed)
            out = {
                f"caller.{ext}": _text("layout_caller.c.j2", common),
                f"callee.{ext}": _text("layout_callee.c.j2", common),
                "layout.h": _text("layout.h.j2", common),
            }
        else:
            out = self._program(common)
        out["Makefile"] = _text("Makefile.j2", common)
        if self.recipe.missing:
            out["missing.c"] = stand_ins(self.recipe.missing)
        said = notes(self.case, self.recipe)
        if not layout and self.expected.named and self.expected.error_index != ERROR_INDEX:
            said.append(_UNREAD_ERRORS)
        readme = {"history": self.case.calls_before, "notes": said}
        out["README.txt"] = _text("README.txt.j2", common | readme)
        return out

    def _program(self, common: dict[str, Any]) -> dict[str, str]:
        steps = self._steps()
        every = (*self.case.history, self.case)
        follows = [one for one in every if self._follows(one)]
        looked_at = [kind for one in follows for kind in (*(p.kind for p in one.declared.params), one.declared.ret)]
        common["unpacked_header"] = self.subject.packed and any(one.convention == "unpacked" for one in every)
        common |= {
            "steps": steps,
            "callees": [self._callee_view(callee) for callee in self.callees.values()],
            "packed": self.subject.packed,
            "plain_types": not self.subject.packed,
            "tensor_words": self.spelling.tensor_type if "tensor" in looked_at and self.spelling.has_tensors else "",
            "copies": self.rules.copies_pointees,
            "reads_elements": self.rules.reads_contents and all(map(_reads_elements, every)),
            "looks_for_error": self.subject.packed and any(one.mode == "after" for one in every),
            "ending": self._ending(),
            "keeps_state": any(c.due is not None and c.due.state for step in steps for c in step.calls),
            "result_place": payloads.RESULT_PLACE,
            "fences": has_fences(self.case, self.recipe),
        }
        out = {f"{side}.{common['ext']}": _text(f"{side}.c.j2", common) for side in ("caller", "callee")}
        out["reproducer.h"] = _text("reproducer.h.j2", common)
        for part, folder in _PARTS.items():
            out |= {name: (root() / folder / name).read_text("utf-8") for name in (f"{part}.c", f"{part}.h")}
        out[_FENCE] = (root() / "include" / "abi" / _FENCE).read_text("utf-8")
        if common["unpacked_header"]:
            out["unpacked.h"] = (root() / "reference" / "unpacked.h").read_text("utf-8")
        return out

    def _ending(self) -> str:
        if compared_with(self.case) is not None:
            return "COMPARED"
        return "CRASH_CONFORMS" if "crashed" in self.expected.passes else "JUDGED"

    def _steps(self) -> list[Step]:
        steps = []
        for k, one in enumerate(self.case.history, 1):
            steps.append(self._step(one, f"earlier_{k}_", f"earlier call {k}{often(one)}"))
        title = "the call" if self.case.history else ""
        steps.append(self._step(self.case, "", title, self.expected, self.expected_of_other))
        return steps

    def _step(
        self,
        case: Case,
        prefix: str,
        title: str,
        due: StoredExpectation | None = None,
        other_due: StoredExpectation | None = None,
    ) -> Step:
        mine = case.payload if case.passed == case.declared else payloads.payload(case.declared, 0)
        if case.mode in ("after", "own-error") and case.mismatch.cls.startswith("tensor-"):
            mine = payloads.payload(case.declared, 0)  # the case's own has the tensor that is wrong
        second = case.second or case.payload
        matched = replace(
            case, passed=case.declared, payload=mine, mismatch=MATCH, wire=Mutations(preset=case.wire.preset)
        )
        made: list[tuple[str, Case, StoredExpectation | None]]
        if case.mode == "after":
            made = [("the_call", case, due), ("the_next_call", matched, None)]
        elif case.mode == "nested":
            made = [("the_outer_call", matched, other_due), ("the_inner_call", replace(case, payload=second), due)]
        elif case.mode == "concurrent":
            other = replace(matched, payload=second if case.passed == case.declared else mine)
            made = [("call_of_thread_0", matched, due), ("call_of_thread_1", other, other_due)]
        elif case.mode == "own-error":
            made = [("the_call", case, due), ("the_outer_call", matched, None)]
        elif case.mode == "released":
            kept = tuple(replace(value, released=False) for value in mine)
            later = replace(matched, payload=kept)
            few = replace(later, wire=replace(later.wire, count=len(kept) - 1))
            made = [("the_call", case, due), ("the_rejected_call", few, None), ("the_next_call", later, other_due)]
        else:
            made = [("the_call", case, due)]
        return Step(
            mode=case.mode,
            calls=tuple(self._call(prefix + name, call, expected) for name, call, expected in made),
            prefix=prefix,
            title=title,
            lead=f"{title}, " if title else "",
            judged=due is not None,
            times=case.times,
            together=case.calls,
        )

    def _call(self, name: str, case: Case, due: StoredExpectation | None) -> CallView:
        packed, n = case.convention == "packed", len(case.payload)
        objects = [self.spelling.object_of(value, f"value_{i}", i) for i, value in enumerate(case.payload)]
        callee = self._callee(case)
        returned = self.spelling.object_of(case.result, f"result_{callee.n}", payloads.RESULT_PLACE)
        named: tuple[int, ...] = ()
        if due is not None and due.error_index == ERROR_INDEX:
            named = tuple(i + due.error_base for i in due.named)
        wire = case.wire if packed else NO_MUTATIONS
        handed = n if wire.count is None else max(wire.count, 0)
        handed = handed if self.rules.copies_arrays else min(n, handed)
        nulls, preset = set(wire.nulls), NO_CODE if wire.preset is None else wire.preset
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
        elif due is not None and case.mismatch.cls == "match":
            slots = max(1, n, len(case.declared))
            same = [f"memcmp({a}, {a}_before, {slots} * sizeof *{a}) == 0" for a in ("slots", "inputs")]
            whole = ["out"]
        return CallView(
            name=name,
            title=_title(case),
            packed=packed,
            callee=callee.n,
            arguments=tuple(
                Argument(i, p.kind, self.spelling.type_of(p.kind), *self.spelling.spell(value, objects[i]))
                for i, (p, value) in enumerate(zip(case.passed.params, case.payload, strict=True))
            ),
            objects=tuple(one for one in objects if one is not None and one.what != "pointer"),
            takes=case.passed.ret,
            take_type=self.spelling.type_of(case.passed.ret),
            count=n,
            handed=handed,
            room=max(n, handed),
            num_args=int32(n if wire.count is None else wire.count),
            codes=tuple(self._code(at, code) for at, code in wire.codes if 0 <= at < n),
            ret_code=next((self._code(at, code) for at, code in wire.codes if at == RESULT), None),
            null_args="args" in nulls,
            null_codes="codes" in nulls,
            has_ret=packed and "ret" not in nulls,
            preset=int32(preset),
            old_value=hexadecimal(old_value(self.rules, preset), 8),
            slots=max(1, n, len(case.declared)),
            same=tuple(same),
            whole=tuple(f"whole({array})" for array in whole),
            due=due,
            named=named,
            arguments_due=tuple(
                self._must(value, i, objects[i] if i < n else None)
                for i, value in enumerate(due.arguments if due is not None else ())
            ),
            taken_due=self._must(due.taken, 0, returned) if due is not None and due.taken is not None else None,
            out_due=self._must(due.out, 0, returned) if due is not None and due.out is not None else None,
        )

    def _must(self, due: ExpectedValue, i: int, sent: Object | None) -> ValueDue:
        """What a value is compared with; `sent` is what the pointer that was sent leads to."""
        if due.how == "content":
            data = bytes.fromhex(due.data)
            if sent is not None and sent.what == "str" and sent.text == literal(data):
                return ValueDue("content", i, sent.size, sent.name)
            if (
                sent is not None
                and sent.what == "bytes"
                and not sent.released
                and sent.text == literal(data + payloads.BEHIND_BYTES)
            ):
                return ValueDue("content", i, f"{sent.name}.size", f"{sent.name}.data")
            return ValueDue("content", i, len(data), literal(data))
        if due.how in ("address", "tensor") and sent is not None:
            return ValueDue(due.how, i, due.width, sent.pointer)
        return ValueDue(due.how, i, due.width, hexadecimal(int(due.bits, 16), due.width))

    def _code(self, at: int, code: int) -> Code:
        known = code in self.rules.codes.values()
        return Code(at, int32(code), self.rules.names_of(code) if known else "no code of the table")

    def _follows(self, case: Case) -> bool:
        """Whether the body of a call looks at what its arguments lead to."""
        return case.follow_pointers or (self.rules.copies_pointees and case.convention == "packed")

    def _callee(self, case: Case) -> Callee:
        follows = self._follows(case)
        key = (case.declared, case.convention, case.result, follows)
        callee, packed = self.callees.get(key), case.convention == "packed"
        if callee is None:
            n = len(self.callees)
            callee = Callee(n, case.declared, packed, case.result, follows)
            self.callees[key] = callee
        for i, (param, value) in enumerate(zip(case.declared.params, case.payload, strict=False)):
            if not packed and value.leads_somewhere and not KINDS[param.kind].is_pointer:
                callee.hidden.add(i)
        return callee

    def _callee_view(self, callee: Callee) -> dict[str, Any]:
        declared = callee.declared
        result = self.spelling.object_of(callee.result_value, f"result_{callee.n}", payloads.RESULT_PLACE)
        types = [self.spelling.type_of(param.kind) for param in declared.params]
        names = [f"a{i}" for i in range(len(types))]
        return {
            "n": callee.n,
            "text": str(declared),
            "packed": callee.packed,
            "ret": declared.ret,
            "ret_type": self.spelling.type_of(declared.ret),
            "result": result if result is not None and result.what != "pointer" else None,
            "returns": None if declared.ret == NONE else Spelled(*self.spelling.spell(callee.result_value, result)),
            "specs": [(i, param.tensor) for i, param in enumerate(declared.params) if param.tensor],
            "arguments": [
                Argument(i, param.kind, types[i], sees=self._sees(callee, i, param))
                for i, param in enumerate(declared.params)
            ],
            "parameters": ", ".join(map(" ".join, zip(types, names, strict=True))) or "void",
            "names": ", ".join(names),
            "from_inputs": ", ".join(f"*({one}*)inputs[{i}]" for i, one in enumerate(types)),
        }

    def _sees(self, callee: Callee, i: int, param: Param) -> str:
        if not KINDS[param.kind].is_pointer:
            return "address" if i in callee.hidden else "value"
        return param.kind if callee.follow and param.kind in FOLLOWED else "pointer"


def _versions(case: Case) -> str:
    """The versions that meet, in words, "" where none are chosen."""
    if not case.runtime:
        return ""
    caller, callee = version_of(case.caller), version_of(case.callee)
    return f"the caller is built against {caller}, the callee against {callee}, and {case.runtime} runs"


def _reads_elements(case: Case) -> bool:
    """Whether a body can read the elements of all tensors that a case passes, also in a matched call beside it."""
    passed = (*case.payload, *(case.second or ()), *payloads.payload(case.declared, 0))
    return all(value.tensor is None or has_elements(value) for value in passed)


def _title(case: Case) -> str:
    if case.passed == case.declared:
        return f"{case.declared}, as it is declared"
    return f"{case.declared}, called as {case.passed}"


def _text(template: str, values: dict[str, Any]) -> str:
    text = environment().get_template(f"reproducer/{template}").render(values)
    return re.sub(r"\n{3,}", "\n\n", text)
