"""Judges what was observed of one call against what was expected, and says it in words."""

from __future__ import annotations

import signal as signals
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from conformance.model.case import STANDINGS, Mismatch
from conformance.model.kinds import KINDS
from conformance.model.observation import Ended, Observation
from conformance.model.value import Value
from conformance.oracle.compare import difference, first_wrong, return_difference
from conformance.oracle.copies import hint
from conformance.oracle.duty import JudgedCall, own_checks, required, wanted_names
from conformance.oracle.expect import Expectation, base, read_slot, same
from conformance.oracle.place import place
from conformance.oracle.reported import told
from conformance.oracle.words import STATE_EFFECTS, effect_words, fault_words, mentions, short, shown, signal_name
from conformance.rules.load import Rules


class Grounds(NamedTuple):
    """What a call is judged by; `other` is what must happen to the other call in the modes that make two.

    `observation` is what became of it, None where it was not kept.
    """

    call: JudgedCall
    rules: Rules
    claims: Sequence[str]
    expectation: Expectation
    other: Expectation | None = None
    observation: Observation | None = None


@dataclass(frozen=True)
class Judgement:
    """A verdict, whether it conforms, and the two lines that a finding prints.

    `place` says where a matched call goes wrong, as its key does behind `match`; empty for every other call.
    `wrong_kind` is the kind that is passed where an accepted call, of whatever class, first arrives otherwise than it
    must; empty where all of it arrives. `grounds` are None where no call is judged, as of a layout.
    """

    verdict: str
    conforms: bool
    required: str
    observed: str
    place: str = ""
    wrong_kind: str = ""
    grounds: Grounds | None = field(default=None, compare=False, repr=False)

    @property
    def evidence(self) -> tuple[str, ...]:
        """What a sanitizer said of the call, line by line."""
        seen = self.grounds.observation if self.grounds else None
        ended = seen.ended if seen else None
        return tuple(ended.message.splitlines()) if ended is not None and ended.how == "reported" else ()


def judge(
    call: JudgedCall,
    rules: Rules,
    claims: Sequence[str],
    expectation: Expectation,
    observation: Observation,
    other: Expectation | None = None,
) -> Judgement:
    """The judgement of one call. `other` is what must happen to the other call in the modes that make two."""
    verdict, observed = _verdict(call, rules, expectation, observation, other)
    passes = conforms(call, claims, expectation, verdict)
    where = wrong_kind = ""
    if not passes:
        first, second = (other, expectation) if call.mode == "nested" and other is not None else (expectation, other)
        wrong_kind = _wrong_kind(rules, call, (first, observation), (second, observation.second))
        if call.convention == "packed":
            would_allow = hint(rules, call.declared, call.slots, first, observation, call.followed)
            observed += f"; {would_allow}" if would_allow else ""
        if call.mismatch.cls == "match":
            where = place(rules, call.declared, first, observation, named(rules, observation), second)
    grounds = Grounds(call, rules, claims, expectation, other, observation)
    return Judgement(verdict, passes, required(call, expectation), observed, where, wrong_kind, grounds)


def _wrong_kind(rules: Rules, call: JudgedCall, *made: tuple[Expectation | None, Observation | None]) -> str:
    """The kind that is passed at the first argument that arrives wrong, in the first call in which one does.

    The call that follows one whose arguments are released is matched, so that it passes what is declared.
    """
    for number, (due, seen) in enumerate(made):
        passed = call.declared if call.mode == "released" and number else call.passed
        at = None if due is None or seen is None or seen.ended is not None else first_wrong(rules, due, seen)
        if at is not None and at < len(passed):
            return passed.params[at].kind
    return ""


_NOT_DETECTED = ("silent-wrong", "silent-equal", "silent-reject", "unpredicted", "crashed", "overrun", "detected")
"""What a call may come to that a subject does not promise to detect."""


def conforms(call: JudgedCall, claims: Sequence[str], expectation: Expectation, verdict: str) -> bool:
    """Whether a verdict passes: it is the expected one, or the class is one that the subject does not promise.

    `STANDINGS` says what the cases of each class are held to.
    """
    cls = call.mismatch.cls
    if call.release:
        if cls == "match":
            return verdict == "intact"
        return verdict not in ("hung", "detected")  # a crash or an overrun is not a detection
    if verdict == expectation.verdict:
        return True
    if call.convention != "packed":
        return cls != "match" and verdict in ("crashed", "overrun")  # a misread may trap
    standing = STANDINGS[cls]
    if standing.always:
        return False
    if cls in claims:
        return standing.blind and verdict in ("detected", "false-alarm")  # a rejection, of what codes cannot tell
    return standing.counted or verdict in _NOT_DETECTED


def named(rules: Rules, observation: Observation) -> int | None:
    """The argument that an error names, None if it names none."""
    if observation.named is not None:
        return observation.named if observation.named >= 0 else None
    return rules.named_argument(observation.error)


_OUTSIDE = ("args", "codes", "ret", "slots", "program", "released")
"""Regions outside what a call may touch."""

_NEVER_RAN = "silent-reject", "returned 0 without running the body"


def _verdict(
    call: JudgedCall, rules: Rules, expectation: Expectation, seen: Observation, other: Expectation | None
) -> tuple[str, str]:
    if seen.ended is not None:
        verdict, words = _ended(call, expectation, seen.ended)
        before = side_effect(rules, seen) if verdict == "crashed" and "stack" in seen.effects else None
        return verdict, words if before is None else f"{before[1]}; then {words}"
    if seen.status == 0 and not seen.ran:
        return _NEVER_RAN
    if call.release:
        return _released(call, rules, expectation, seen)
    if call.mode == "nested" and other is not None:
        return _nested(call, rules, expectation, seen, other)
    if call.mode == "released" and other is not None:
        return _before_release(call, rules, expectation, seen, other)
    if seen.status != 0:
        verdict, words = _rejected(call, rules, expectation, seen)
        if verdict != "detected":
            return verdict, words
        return side_effect(rules, seen) or _as_raised(call, seen) or (verdict, words)
    if seen.refused:
        if expectation.outcome == "take-rejected":
            compared = side_effect(rules, seen) or _compared(call, rules, expectation, seen, "detected")
            left = left_for_the_next(call, rules, seen)
            return ("misattributed", f"the caller refused the return{left}") if left else compared
        if expectation.rejected:
            return "late", "ran the body, then the caller refused the return"
        due = expectation.ret_code
        where = "" if due in (None, seen.ret_code) else f", where {due} is due"
        return (
            "false-alarm",
            f"the caller refused the return of code {seen.ret_code}{where}: {seen.error or 'no words'}",
        )
    if expectation.rejected:
        return _let_through(call, rules, seen)
    if expectation.outcome == "take-rejected":
        return "silent-wrong", f"returned 0; the caller took a return of code {seen.ret_code}"
    verdict, words = side_effect(rules, seen) or _compared(call, rules, expectation, seen, expectation.verdict)
    if verdict == expectation.verdict and other is not None and seen.second is not None:
        return _other_call(call, rules, other, seen.second, "the other thread's call") or (verdict, words)
    return verdict, words


def _ended(call: JudgedCall, expectation: Expectation, ended: Ended) -> tuple[str, str]:
    """Verdict and words for a call that did not return."""
    if ended.how == "hung":
        return "hung", "made no progress and was stopped"
    if ended.how == "broke":
        last = ended.message.splitlines()[-1] if ended.message else "an exception without words"
        return "crashed", f"raised {last}"
    if ended.how == "reported":
        return ("overrun" if ended.region == "access" else "crashed"), f"stopped by {told(ended.message)}"
    if ended.how == "faulted":
        if ended.argument is not None:
            words = f"followed the pointer that is argument {ended.argument}"
            return ("late" if expectation.rejected else "overrun"), words
        words = f"stopped by {signal_name(ended.signal)} {fault_words(ended.region)}"
        return ("overrun" if ended.region in _OUTSIDE else "crashed"), words
    if ended.how != "died":
        return "harness-error", f"left no record ({ended.message or ended.how})"
    how = f"died of {signal_name(ended.signal)}" if ended.signal else f"exited the process with status {ended.status}"
    guarded = ended.region is None and any(slot.value.guarded for slot in call.slots)
    if guarded and expectation.rejected and ended.signal in (signals.SIGSEGV, signals.SIGBUS):
        return "late", f"{how}, following a pointer that must not be touched yet"
    return "crashed", how


def side_effect(rules: Rules, seen: Observation) -> tuple[str, str] | None:
    """Verdict and words for what a call did beside what it was there for, None where that is nothing."""
    for effect in seen.effects:
        words = effect_words(effect)
        if words is not None:
            verdict, told = words
            return verdict, f"{told}: {seen.state}" if seen.state and effect in STATE_EFFECTS else told
    if seen.remarks:
        return "overrun", "; ".join(seen.remarks)
    left = any(value is not None for value in seen.returned) or seen.ret_code is not None
    if seen.status != 0 and left and rules.result == "kept":
        written = ", ".join(map(shown, seen.returned)) or "its code"
        return "overrun", f"rejected the call and wrote the result slot all the same: {written}"
    if seen.references:
        return "unpredicted", f"the reference counts of what was passed changed by {seen.references:+d}"
    return None


def _rejected(call: JudgedCall, rules: Rules, expectation: Expectation, seen: Observation) -> tuple[str, str]:
    at = named(rules, seen)
    said = f"rejected, naming {'no argument' if at is None else f'argument {at}'}"
    said += f": {short(seen.error)!r}" if seen.error else ""
    if not expectation.rejected:
        if call.convention == "unpacked" and call.mismatch.cls != "match":
            return "detected", "rejected"
        return "false-alarm", said
    if seen.ran and not expectation.entered:
        return "late", f"{said}, but only after the body had run"
    if not has_error(seen):
        return "misattributed", "rejected, with no error to read"
    if left := left_for_the_next(call, rules, seen):
        return "misattributed", said + left
    if call.mode == "own-error" and "leaked" in seen.effects:
        return "misattributed", f"{said}; another thread saw this error as its own"
    if expectation.named and "index" in rules.error_names and at not in expectation.named:
        return "misattributed", said
    missing = _missing_name(call, rules, seen.error) if seen.error else None
    if missing is not None:
        return "misattributed", f"{said}, which does not name {missing}"
    return "detected", said


def has_error(seen: Observation) -> bool:
    """Whether there is an error to read after a call."""
    return bool(seen.error) if seen.readable is None else seen.readable


def left_for_the_next(call: JudgedCall, rules: Rules, seen: Observation) -> str:
    """What the call after a rejection found as its error where it is not as the rules say, "" where it is."""
    if call.mode != "after" or seen.stale == (rules.after_success == "kept"):
        return ""
    state = "still held the rejection's" if seen.stale else "was empty"
    return f"; the error that the next call found {state}"


def _missing_name(call: JudgedCall, rules: Rules, text: str) -> str | None:
    """What the error of a code does not name although the rules ask for it: the expected or the received one."""
    for what, names in wanted_names(call, rules).items():
        if not any(mentions(text, name) for name in names):
            return f"what was {what}"
    return None


def _as_raised(call: JudgedCall, seen: Observation) -> tuple[str, str] | None:
    """A failure that the caller was told, held to what the callee said of it."""
    if call.raised is None or call.raised in seen.error:
        return None
    return "misattributed", f"told as {short(seen.error)!r}, which is not what the callee raised"


def _let_through(call: JudgedCall, rules: Rules, seen: Observation) -> tuple[str, str]:
    """What to call an accepted call that had to be rejected: wrong as predicted, equal by luck, or neither."""
    if seen.saw is None:
        return "silent-wrong", "returned 0; what the body saw was not recorded"
    index, slots = call.mismatch.index, call.slots
    words = f"returned 0; {_sights(call, rules, seen)}"
    if call.mismatch.cls == "many":
        return ("silent-equal" if _same_prefix(call, rules, seen.saw) else "silent-wrong"), words
    if index is None or index >= min(len(slots), len(seen.saw), len(call.declared)):
        return "silent-wrong", words
    slot, got = slots[index], seen.saw[index]
    sent, kind = base(rules, slot.value), call.declared.params[index].kind
    if sent.kind not in KINDS or kind not in KINDS or KINDS[sent.kind].is_pointer or KINDS[kind].is_pointer:
        pointers = sent.kind in KINDS and KINDS[sent.kind].is_pointer
        return ("silent-equal" if kind == "handle" and pointers else "silent-wrong"), words
    if got is None:
        return "silent-wrong", words
    lies = slot.code != rules.code(slot.value.kind)
    if not lies and same(sent, got):
        return "silent-equal", words
    bits = read_slot(rules, kind, sent)
    return ("silent-wrong" if bits is None or got == Value(kind, bits) else "unpredicted"), words


def _same_prefix(call: JudgedCall, rules: Rules, saw: Sequence[Value | None]) -> bool:
    """Whether a callee that was given too much saw what it declares as it was sent."""
    both = zip(call.slots, saw, strict=False)
    sent = [(base(rules, slot.value), got) for slot, got in both]
    return all(
        value.kind not in KINDS or KINDS[value.kind].is_pointer or (got is not None and same(value, got))
        for value, got in sent
    )


def _released(call: JudgedCall, rules: Rules, expectation: Expectation, seen: Observation) -> tuple[str, str]:
    """Verdict and words for a call of a callee whose checks are compiled out; conversions may keep theirs."""
    if seen.status != 0:
        if call.mismatch.cls == "match":
            return "false-alarm", f"rejected: {short(seen.error)!r}"
        if named(rules, seen) in own_checks(call, rules):
            return "silent-wrong", "rejected by the conversion's own check"
        return "detected", f"rejected although checks are compiled out: {short(seen.error)!r}"
    if call.mismatch.cls == "match":
        return _compared(call, rules, expectation, seen, "intact")
    return "silent-wrong", "returned 0"


def _nested(
    call: JudgedCall, rules: Rules, inner: Expectation, seen: Observation, outer: Expectation
) -> tuple[str, str]:
    """Verdict and words for a matched call from whose body the judged one is made."""
    if seen.status != 0 or seen.refused:
        return "false-alarm", f"rejected the outer call: {seen.error!r}"
    side = side_effect(rules, seen)
    if side is not None:
        return side
    second = seen.second
    if second is not None and second.status == 0 and not second.ran:
        verdict, words = _NEVER_RAN
        return verdict, f"the inner call {words}"
    if second is not None and (second.status != 0) != (inner.outcome != "accepted"):
        return "unpredicted", f"{'rejected' if second.status else 'accepted'} the other call"
    verdict, words = _compared(call, rules, outer, seen, inner.verdict)
    if verdict == inner.verdict and second is not None and inner.outcome == "accepted":
        words_of_inner = difference(rules, inner, second)
        if words_of_inner:
            return "unpredicted", f"returned 0; of the inner call {words_of_inner}"
    return verdict, words


def _before_release(
    call: JudgedCall, rules: Rules, expectation: Expectation, seen: Observation, other: Expectation
) -> tuple[str, str]:
    """Verdict and words for a call of which, before a matched one, all is gone that an argument led to."""
    verdict, words = _verdict(call._replace(mode="plain"), rules, expectation, seen._replace(second=None), None)
    if verdict != expectation.verdict or seen.second is None:
        return verdict, words
    if seen.stale:
        return "misattributed", f"{words}; the error reads otherwise since what an argument led to was overwritten"
    later = _other_call(call, rules, other, seen.second, "when what an argument led to was gone, the next call")
    return later or (verdict, words)


def _other_call(
    call: JudgedCall, rules: Rules, due: Expectation, seen: Observation, name: str
) -> tuple[str, str] | None:
    """What is wrong with the call that another thread made at the same time, or that was made later, if anything."""
    mismatch = Mismatch("type") if due.rejected else Mismatch("match")
    verdict, words = _verdict(call._replace(mismatch=mismatch, mode="plain"), rules, due, seen, None)
    return None if verdict == due.verdict else (verdict, f"{name}: {words}")


def _compared(
    call: JudgedCall, rules: Rules, expectation: Expectation, seen: Observation, verdict: str
) -> tuple[str, str]:
    """`verdict` for an accepted call of which everything is as expected, otherwise what is not."""
    if "twice" in seen.effects:
        return "unpredicted", "ran the body more than once"
    words = difference(rules, expectation, seen)
    if words:
        return "unpredicted", f"returned 0; {words}"
    words = return_difference(rules, call.declared.ret, expectation, seen)
    if words:
        return "unpredicted", f"returned 0{words}"
    return verdict, f"returned 0; {_sights(call, rules, seen)}" if seen.saw is not None else "returned 0"


def _sights(call: JudgedCall, rules: Rules, seen: Observation) -> str:
    saw, index = seen.saw or (), call.mismatch.index
    if index is not None and index < len(saw):
        got = saw[index]
        return f"argument {index} read as {'what cannot be told' if got is None else shown(got, rules.target.data)}"
    if call.mismatch.cls.startswith("ret-") and seen.out is not None:
        return f"the caller took {seen.out.hex(' ')}"
    return f"the body ran with {len(saw)} argument{'s' if len(saw) != 1 else ''}"
