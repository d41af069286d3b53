"""What an adapter does wrong itself is told as that, before a verdict is given: a traceback, or one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import tests
from conformance.checks import CALLED
from conformance.engine.carrier import AdapterFault, UsageProblem
from conformance.engine.process_start import prepare_process
from conformance.engine.session import Session
from conformance.model.case import Case, Mismatch
from conformance.model.options import RunOptions
from conformance.model.signature import Param, Signature
from conformance.model.subject import Call, Reply, Slot
from conformance.model.value import Value
from conformance.subjects.errors import SubjectError
from conformance.subjects.registry import Found
from conformance.transport.process.client import Died, ProcessError, Request, Spending, SubjectProcess, Unrun
from tests.called import adapters

FOLDER = Path(tests.__file__).resolve().parents[1]
RAISED: dict[type, tuple[str, str]] = {
    adapters.RaisesWhenMade: ("when it was made", "KeyError: 'no such runtime'"),
    adapters.RaisesAlways: ("in the call of (i8) -> i8", "AttributeError: the adapter is wrong"),
    adapters.RaisesInDeclare: ("in declaring (i8) -> i8", "ZeroDivisionError: cannot declare"),
    adapters.RaisesInTake: ("in taking a return of i64", "LookupError: cannot take"),
}
WRONG: dict[type, str] = {
    adapters.NoReply: "the reply is 3 (of the type int), not a Reply",
    adapters.NoStatus: "`Reply.status` is None, not an int, 0 for an accepted call",
    adapters.BytesForError: "`Reply.error` is b'no' (of the type bytes), not a text",
    adapters.NoValueSeen: "`Reply.saw[0]` is 1 (of the type int), not a Value or None",
    adapters.ListSeen: "`Reply.saw` is [] (of the type list), not a tuple of Value, or None",
    adapters.NumberReturned: "`Reply.ret` is 7 (of the type int), not a Value or None",
    adapters.FloatBits: "`Reply.ret` has 2.5 (of the type float) as its bits, which are 8 bytes as an unsigned integer",
    adapters.TextData: "`Reply.ret` has 'x' (of the type str) as its data, which is bytes or None",
    adapters.NegativeBits: "`Reply.results[0]` has -0x1 as its bits, which are 8 bytes as an unsigned integer",
    adapters.StrangeKindSeen: "`Reply.saw[0]` has the kind 'int64', which the rules do not have",
    adapters.StrangeKindReturned: "`Reply.ret` has the kind 'int64', which the rules do not have",
    adapters.WideBits: "`Reply.saw[0]` has 0x10000000000000000 as its bits, which are 8 bytes as an unsigned integer",
    adapters.TextNamed: "`Reply.named` is '0' (of the type str), not an int or None",
    adapters.NoBatch: "`declare` gave None, not a sequence with a callee for each signature",
    adapters.OneTooMany: "`declare` gave 2 callees for 1 signatures",
    adapters.SaysTooMuch: "`Reply.saw` has 2 members after taking a return of i64, and must have one, or none",
    adapters.NoAbout: "the class has no `about`",
    adapters.NumberForVersion: "`SubjectInfo.version` is 2.1 (of the type float), not a text",
    adapters.TextForKinds: "`SubjectInfo.kinds` is 'i64' (of the type str), not a tuple of texts",
    adapters.OneSide: "`SubjectInfo.sides` has 1 members, not two: the ids of caller and callee",
    adapters.NoSide: "`SubjectInfo.sides` has ''; keys of cases need an id without `::`, `>` and blanks",
    adapters.BlankSide: "`SubjectInfo.sides` has 'my python '; keys of cases need an id without `::`, `>` and blanks",
    adapters.ColonSide: "`SubjectInfo.sides` has 'acme::call'; keys of cases need an id without `::`, `>` and blanks",
    adapters.PairForSide: "`SubjectInfo.sides` has 'gcc>python'; keys of cases need an id without `::`, `>` and blanks",
    adapters.StrangePart: "`SubjectInfo.mutable_parts` has 'everything'; the parts are type-codes, count, args, codes, "
    "ret, padding, preset",
    adapters.NoLimit: "`SubjectInfo.hang_ms` is 0 (of the type int), not a number of milliseconds from 1 up, or None",
}


def prepared(subject: type, examples: int = 1) -> Session:
    found = Found("acme", f"{subject.__module__}:{subject.__name__}", folders=(FOLDER,))
    options = RunOptions(subject="acme", seed=0, max_examples=examples)
    return Session(options, prepare_process(found, options), 0)


@pytest.mark.parametrize("subject", RAISED, ids=lambda subject: subject.__name__)
def test_an_adapter_that_raises_is_told_by_its_traceback(subject: type) -> None:
    where, last = RAISED[subject]
    with pytest.raises(UsageProblem) as problem:
        prepared(subject)
    first, second, frame, *rest = str(problem.value).splitlines()
    assert first == f"the adapter of the subject 'acme' raised {where}:"
    assert second == "Traceback (most recent call last):"
    assert frame.startswith(f'  File "{adapters.__file__}", line ')  # the first frame is already the adapter's
    assert rest[-1] == last


@pytest.mark.parametrize("subject", WRONG, ids=lambda subject: subject.__name__)
def test_what_is_of_the_wrong_type_is_one_sentence(subject: type) -> None:
    with pytest.raises(UsageProblem) as problem:
        prepared(subject)
    assert str(problem.value) == f"the adapter of the subject 'acme' is wrong: {WRONG[subject]}; see docs/subjects.md"


def test_a_path_in_place_of_a_text_is_told() -> None:
    with pytest.raises(UsageProblem, match=r"`SubjectInfo\.rules` is PosixPath\("):
        prepared(adapters.PathForRules)


@pytest.mark.parametrize(
    ("subject", "name", "hint"),
    [
        (adapters.MistypedCheck, "X0-TYP", "did you mean X0-TYPE?"),
        (adapters.StrangeCheck, "DIRECT-PAIR", f"the checks are {', '.join(CALLED)}"),
    ],
)
def test_a_check_that_no_called_subject_is_held_to_is_refused(subject: type, name: str, hint: str) -> None:
    with pytest.raises(SubjectError) as problem:
        prepared(subject)
    assert str(problem.value).endswith(f" has '{name}' among its `checks`, which is no check of such a subject; {hint}")


@pytest.mark.parametrize(
    "subject",
    [adapters.DiesWhenCalled, adapters.RejectsEverything, adapters.HangsWhenCalled, adapters.TooLittleSeen],
)
def test_what_the_runtime_does_wrong_is_left_to_the_checks(subject: type) -> None:
    prepared(subject).close()


@pytest.mark.compiler("tcc")
@pytest.mark.parametrize(
    ("subject", "check", "words"),
    [
        (adapters.WrongOnRejection, "X0-TYPE", "`Reply.error` is None, not a text"),
        (adapters.DeclaresOne, "X0-TYPE", "`declare` gave 1 callees for "),
        (adapters.StrangeKindOfText, "X0-MATCH", "has the kind 'text', which the rules do not have"),
    ],
)
def test_what_is_wrong_later_on_ends_the_check_with_that_sentence(subject: type, check: str, words: str) -> None:
    session = prepared(subject)
    try:
        outcome = session.explore(check, session.transport.pairs)
    finally:
        session.close()
    assert (outcome.status, outcome.adapter) == ("error", True)
    assert f"the adapter of the subject '{subject.__name__.lower()}' is wrong: " in outcome.why
    assert words in outcome.why


@pytest.mark.compiler("tcc")
def test_a_case_whose_callee_is_declared_wrong_is_refused_with_that_sentence() -> None:
    several = Signature((Param("i64"),)), Signature((Param("f64"),))
    first, last = (
        Case("X0-MATCH", "packed", "test", "python", each, each, Mismatch("match"), (Value(each.params[0].kind),))
        for each in several
    )
    session = prepared(adapters.DeclaresOne)
    try:
        with pytest.raises(AdapterFault, match="`declare` gave 1 callees for 2 signatures"):
            session.judge(replace(last, history=(first,)))
    finally:
        session.close()


@pytest.mark.compiler("tcc")
def test_a_check_of_which_no_reply_tells_anything_has_not_passed() -> None:
    session = prepared(adapters.NoReferences)
    try:
        outcome = session.explore("X0-REFS", session.transport.pairs)
    finally:
        session.close()
    assert (outcome.status, outcome.why) == ("not-run", "no reply has `references`, which this check is about")
    assert outcome.generated == outcome.judged == outcome.inconclusive > 0


def test_a_constructor_that_does_not_come_back_is_told_within_a_limit() -> None:
    with pytest.raises(ProcessError, match=r"the subject's process gave no answer within 0\.5 s"):
        SubjectProcess("tests.called.adapters:Hangs", (str(FOLDER),), start_limit=0.5)


def test_the_limit_of_a_hang_is_what_the_subject_says() -> None:
    folder = Found("acme", f"{adapters.__name__}:HangsWhenCalled", folders=(FOLDER,))
    transport = prepare_process(folder, RunOptions(subject="acme", seed=0))
    try:
        assert transport.hang_ms == 50
    finally:
        transport.close()


def test_no_handler_of_a_signal_is_left_in_a_child() -> None:
    with SubjectProcess("tests.called.adapters:Handles", (str(FOLDER),)) as process:
        batch = process.declare([Signature(())])
        (reply,) = process.run(batch, [Request(0, Call(()))], 1000)
    assert isinstance(reply, Reply)
    masks = dict(zip(*[iter(reply.error.replace(":\t", " ").split())] * 2, strict=True))
    assert set(masks) == {"SigBlk", "SigIgn", "SigCgt"}
    ours = ~(0b11 << 31)  # 32 and 33 are the C library's own
    assert {name: int(mask, 16) & ours for name, mask in masks.items()} == dict.fromkeys(masks, 0)


def test_what_would_cost_too_many_deaths_is_left_unrun() -> None:
    with SubjectProcess("tests.called.adapters:DiesWhenCalled", (str(FOLDER),)) as process:
        batch = process.declare([Signature((Param("i64"),))])
        budget = Spending(deaths=5)
        request = Request(0, Call((Slot(1, Value("i64")),)))
        first, second = (process.run(batch, [request] * 3, 1000, budget) for _ in range(2))
        assert first == [Died(11, 0)] * 3
        assert second == [Died(11, 0), Died(11, 0), Unrun()]
        assert process.run(batch, [request], 1000, budget) == [Unrun()]
        assert process.run(batch, [request], 1000) == [Died(11, 0)]


@pytest.mark.compiler("tcc")
@pytest.mark.parametrize(
    ("subject", "verdict", "number", "why"),
    [
        (adapters.DiesWhenCalled, "crashed", 500, "500 calls before them ended their process"),
        (adapters.HangsWhenCalled, "hung", 3, "3 calls before them hung"),
    ],
)
def test_a_check_stops_after_so_many_deaths_or_hangs(subject: type, verdict: str, number: int, why: str) -> None:
    session = prepared(subject, examples=3)
    try:
        outcome = session.explore("X0-MATCH", session.transport.pairs)
    finally:
        session.close()
    assert outcome.by_verdict == {verdict: number}
    assert outcome.generated == outcome.judged + outcome.not_run
    assert outcome.why == f"{outcome.not_run:,} calls were not run: {why}"
