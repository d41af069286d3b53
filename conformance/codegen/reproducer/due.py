"""What must come of each call of a reproducer, as the oracle says and the C program compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from conformance.codegen.reproducer.parts import Due, Made, Must, Object
from conformance.codegen.reproducer.spelling import Spelling, hexadecimal, leads_somewhere, literal
from conformance.generation import payloads
from conformance.model.case import STANDINGS, Case
from conformance.model.kinds import FOLLOWED, KINDS, NONE
from conformance.model.signature import MAX_ARGS, Param
from conformance.model.subject import Call, Slot
from conformance.model.value import NO_VALUE, Value
from conformance.oracle import unpacked
from conformance.oracle.conversions import text_of_dtype
from conformance.oracle.expect import Expectation, ExpectedArgument, expect
from conformance.oracle.judge import CONVERSION_CHECKS, JudgedCall
from conformance.oracle.judge import required as required_words
from conformance.rules.load import Rules


@dataclass(frozen=True)
class _Laid:
    """A value as it lies in memory; a pointer has an address that is like no other value."""

    kind: str
    bits: int
    value: Value


@dataclass(frozen=True)
class Duty:
    """What a subject with these rules and claims owes."""

    rules: Rules
    claims: tuple[str, ...]
    spelling: Spelling

    def _copies(self, case: Case) -> bool:
        """Whether the runtime may copy what the arguments of a call lead to."""
        return self.rules.copies_pointees and case.convention == "packed"

    def follows(self, case: Case) -> bool:
        """Whether the body of a call looks at what its arguments lead to."""
        return case.follow_pointers or self._copies(case)

    def is_unclaimed(self, case: Case) -> bool:
        """Whether the subject makes no promise about the case."""
        if case.convention != "packed" or case.release:
            return False
        cls = case.mismatch.cls
        return not STANDINGS[cls].always and cls not in self.claims

    def due(self, made: Made, objects: Sequence[Object | None], returned: Object | None) -> Due:
        """What must come of a call; `objects` are what its arguments lead to, `returned` what its result does."""
        case, rules = made.case, self.rules
        args = [_laid(value, i) for i, value in enumerate(made.values)]
        result = _laid(made.result, MAX_ARGS) if case.declared.ret != NONE else None
        packed = case.convention == "packed"
        codes = [rules.code(param.kind) for param in case.passed.params] if packed else []
        for at, code in case.wire.codes if packed else ():
            if 0 <= at < len(codes):
                codes[at] = code
        slots = [Slot(code, arg.value) for code, arg in zip(codes or [0] * len(args), args, strict=True)]
        prediction = self._expectation(case, args, slots, result)
        call = JudgedCall(case.passed, case.declared, slots, case.mismatch, case.convention, case.mode, case.release)
        words = required_words(call, prediction)
        handle_passed = rules.resource_handle == "passed"
        if case.release and case.mismatch.cls != "match":
            return Due("undetected", words, named=self._own_checks(case))
        due = Due(
            outcome=prediction.outcome,
            words=words,
            entered=prediction.entered,
            handle_passed=handle_passed,
            fenv=case.mismatch.cls == "match" and case.mode == "plain",
        )
        if prediction.outcome == "rejected":
            kept = rules.result == "kept"
            return self._with_error(replace(due, optional=self.is_unclaimed(case), result_kept=kept), case, prediction)
        seen = [
            self._must_see(case, i, param, one, args, codes, objects)
            for i, (param, one) in enumerate(zip(case.declared.params, prediction.seen or (), strict=True))
        ]
        due = replace(due, arguments=tuple(seen))
        if not packed:
            return replace(due, out=self._out(made.result, returned))
        ret_code = prediction.ret_code if case.mode == "plain" else None
        taken = _taken(case, prediction, returned)
        if self._copies(case) and case.passed.ret in FOLLOWED and returned is not None and taken.how == "address":
            taken = _contents(returned, 0) or taken
        return replace(due, ret_code=ret_code, taken=taken)

    def _out(self, result: Value, returned: Object | None) -> Must:
        """What must lie in the slot of an unpacked call's result."""
        if result == NO_VALUE:
            return Must("nothing")
        text, comment = self.spelling.spell(result, returned)
        return Must("value", 0, KINDS[result.kind].width, text, self.spelling.type_of(result.kind), comment)

    def _expectation(self, case: Case, args: list[_Laid], slots: list[Slot], result: _Laid | None) -> Expectation:
        takes, cls = case.passed.ret, case.mismatch.cls
        if case.convention == "unpacked":
            poison = [payloads.poison(place) for place in (*range(MAX_ARGS), payloads.RESULT_PLACE)]
            return unpacked.expect(case.declared, args, poison, result, takes, cls)
        returned = None if result is None else result.value
        call = Call(tuple(slots), case.wire.count, case.wire.nulls, returned)
        return expect(self.rules, case.declared, call, cls, takes)

    def _own_checks(self, case: Case) -> tuple[int, ...]:
        """The arguments whose conversion may reject although checks are compiled out."""
        kinds = [param.kind for param in case.declared.params]
        found = {i for i, kind in enumerate(kinds) if kind == "tensor"}
        index = case.mismatch.index
        if index is not None and index < len(kinds) and kinds[index] in CONVERSION_CHECKS:
            found.add(index)
        return tuple(sorted(found))

    def _with_error(self, due: Due, case: Case, prediction: Expectation) -> Due:
        """The same with what the error of a rejection must name."""
        rules, index = self.rules, case.mismatch.index
        if prediction.named and "index" in rules.error_names:
            due = replace(due, named=prediction.named)
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
        seen: ExpectedArgument,
        args: list[_Laid],
        codes: list[int],
        objects: Sequence[Object | None],
    ) -> Must:
        arg = args[i] if i < len(args) else None
        leads_to = objects[i] if i < len(objects) else None
        info = KINDS[param.kind]
        followed = self.follows(case) and param.kind in FOLLOWED
        if seen.value is None or (seen.copied and not followed):
            return Must("open", i)
        bits = seen.value.bits
        if arg is not None and leads_to is not None:
            if not info.is_pointer and codes:  # a conversion, as of a str to a dtype
                return Must("bits", i, info.width, hexadecimal(bits, info.width))
            if not info.is_pointer:
                known = param.kind != "bool"
                return Must("address", i, info.width, leads_to.pointer) if known else Must("open", i)
            followed = followed and not arg.value.guarded
            if seen.value.is_null:
                return Must("address", i, 8, "NULL")
            if followed:
                return _contents(leads_to, i) or Must("address", i, 8, leads_to.pointer)
            copied = self._copies(case) and arg.kind in FOLLOWED
            return Must("open", i) if copied else Must("address", i, 8, leads_to.pointer)
        if arg is not None and arg.kind == "dtype" and param.kind == "str":
            text = text_of_dtype(arg.bits)
            return Must("open", i) if text is None else Must("content", i, len(text), literal(text))
        if info.is_pointer and seen.value.is_null:
            return Must("address", i, 8, "NULL")
        return Must("bits", i, info.width, hexadecimal(bits, info.width))


def _contents(leads_to: Object, i: int) -> Must | None:
    """What must be found where a pointer leads, None where that is nothing that can be told."""
    if leads_to.what == "tensor":
        return Must("tensor", i, 0, f"&{leads_to.name}")
    if leads_to.what == "str":
        return Must("content", i, leads_to.size, leads_to.name)
    if leads_to.what == "bytes":
        return Must("content", i, f"{leads_to.name}.size", f"{leads_to.name}.data")
    return None


def _taken(case: Case, prediction: Expectation, returned: Object | None) -> Must:
    taken = case.passed.ret
    if taken == NONE or "ret" in case.wire.nulls:
        return Must("open")
    if prediction.outcome == "take-rejected":
        return Must("untaken")
    if prediction.taken is None or prediction.taken.value is None:
        return Must("open")
    width = KINDS[taken].width
    if returned is not None and KINDS[taken].is_pointer:
        return Must("address", 0, width, returned.pointer)
    return Must("bits", 0, width, hexadecimal(prediction.taken.value.bits, width))


def _laid(value: Value, place: int) -> _Laid:
    address = 0x5EAD_0000_0000_0000 + (place + 1 << 20) if leads_somewhere(value) else value.bits
    return _Laid(value.kind, address, value)
