"""Packers: honest ones conform, what one does wrong on the wire is found under its own key, shrunk and replayed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import tests
from conformance.checks import CHECKS
from conformance.engine.carrier import UsageProblem
from conformance.engine.packed import packed
from conformance.engine.planned_call import sendable
from conformance.engine.process_start import prepare_process
from conformance.engine.session import Session
from conformance.engine.values import ValueBundle
from conformance.findings.validate import case_of
from conformance.model.case import Case
from conformance.model.errors import UserError
from conformance.model.options import RunOptions
from conformance.model.signature import Signature
from conformance.subjects.called import called_subject
from conformance.subjects.packers.by_cffi import CffiPacker
from conformance.subjects.packers.by_ctypes import CtypesPacker
from conformance.subjects.registry import Found
from tests.called import packers

PACKS = "X0-MATCH"


@contextmanager
def session(subject: type, examples: int = 4) -> Iterator[Session]:
    folder = Path(tests.__file__).resolve().parents[1]
    found = Found(subject.__name__, f"{subject.__module__}:{subject.__name__}", folders=(folder,))
    options = RunOptions(subject=subject.__name__, seed=0, max_examples=examples)
    made = Session(options, prepare_process(found, options), 0)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("subject", [CffiPacker, CtypesPacker], ids=lambda subject: subject.__name__)
def test_an_honest_one_conforms(subject: type) -> None:
    with session(subject) as made:
        outcome = made.explore(PACKS, made.transport.pairs)
        assert (outcome.status, outcome.findings) == ("pass", ())
        assert outcome.generated == outcome.executed > 1000
        assert outcome.by_verdict == {"intact": outcome.judged}
        applying = [check for check in CHECKS if made.transport.not_applicable(check) is None]
        assert applying == [PACKS]
        why = made.transport.not_applicable("X0-TYPE")
        assert why == f"{made.subject.name} is a packer: it has no callees"
        compilers = {side["id"]: side["version"] for side in made.transport.facts.compilers}
        assert compilers[made.transport.pairs[0][0]] == made.subject.version
        with pytest.raises(UsageProblem, match="is a packer and has no callees to show"):
            next(iter(made.transport.matrix()))


@pytest.mark.parametrize("defect", packers.DEFECTS, ids=lambda defect: defect.__name__)
def test_a_defect_is_found_under_its_key_and_shrunk_and_replayed(defect: type[CtypesPacker]) -> None:
    tail, verdict, length = packers.DEFECTS[defect]
    with session(defect, 8) as made:
        outcome = made.explore(PACKS, made.transport.pairs)
        assert outcome.status == "fail"
        found = {(finding.key, finding.verdict): finding for finding in outcome.findings}
        key = f"match::packed::ctypes>wire::{tail}"
        assert set(found) == {(key, verdict)}
        case = case_of(json.loads(json.dumps(found[key, verdict].case)), Path("finding.json"), "case")
        assert case.wire.by_packer
        assert case.passed == case.declared
        assert len(case.passed) == length
        again = made.judge(case)
        assert again is not None
        assert (again.verdict, case.failed_key(again.place)) == (verdict, key)


@pytest.mark.parametrize(
    ("defect", "words"),
    [
        (packers.FloatUnderInt, "returned 0; argument 0 travels under code 0 where 2 is due"),
        (packers.SignLost, "returned 0; argument 0 lies in its slot as ff 00 00 00 00 00 00 00 where ff ff ff ff"),
        (packers.TextWithoutTerminator, r"returned 0; argument 0 leads to str b'argument 0, salt 0\xa5' where str b'"),
        (packers.OneTooFew, "returned 0; the callee was told of 7 arguments where 8 are due"),
        (packers.RefusesLargeIntegers, "rejected, naming argument 0: 'argument 0 is too large'"),
    ],
)
def test_a_finding_says_what_lay_on_the_wire(defect: type[CtypesPacker], words: str) -> None:
    with session(defect, 2) as made:
        (finding,) = made.explore(PACKS, made.transport.pairs).findings
        assert finding.observed.startswith(words)
        assert finding.required.startswith("call with every argument")


def test_what_a_front_end_cannot_write_is_inconclusive() -> None:
    with session(packers.HasNoWords) as made:
        outcome = made.explore(PACKS, made.transport.pairs)
        assert (outcome.status, outcome.findings) == ("pass", ())
        assert 0 < outcome.inconclusive < outcome.executed
        assert outcome.why == "some values cannot be passed: no integer is that large"


def test_what_a_runtime_copies_forbids_no_call_of_a_packer() -> None:
    subject = called_subject("ctypes", CtypesPacker.about, has_callees=False)
    bundle = ValueBundle((Signature(()),), 0, subject)
    drafted = tuple(packed(bundle))
    assert {param.kind for planned_call in drafted for param in planned_call.passed.params} == set(subject.about.packs)
    copying = replace(subject.rules, pointers="equal", arrays="copied")
    assert sendable(copying, bundle.declared, drafted) == (drafted, "")


def test_a_packer_with_callers_is_held_to_what_they_take() -> None:
    with session(packers.TakesToo) as made:
        outcome = made.explore("X0-RETURN", made.transport.pairs)
        assert (outcome.status, outcome.findings) == ("pass", ())
        assert outcome.executed == outcome.generated > 0
        assert made.explore(PACKS, made.transport.pairs).status == "pass"


def test_a_case_of_a_packer_is_for_packers() -> None:
    with session(packers.BoolAsOneByte, 1) as made:
        (finding,) = made.explore(PACKS, made.transport.pairs).findings
        case = Case.from_json(finding.case)
        assert made.transport.misfit(case) == ""
        callee = Case.from_json({**finding.case, "wire": {"codes": [], "count": None, "nulls": []}})
        assert made.transport.misfit(callee) == "it is about a callee, and this subject is a packer and has none"


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (packers.RaisesInPack, "raised in packing the call of (i8) -> i8:"),
        (packers.ListOfSlots, "is wrong: `Reply.slots` is [] (of the type list), not a tuple of WireSlot, or None"),
        (packers.WideBits, "is wrong: `Reply.slots[0]` has 0x10000000000000000 as its bits, which are 8 bytes"),
        (packers.PacksNothing, "is wrong: the class has `pack` alone, and `SubjectInfo.packs` names no kind"),
        (packers.NoPack, "is wrong: `SubjectInfo.packs` names kinds, but the class has no `pack`"),
        (packers.StrangeKind, "packs 'list_i64', which its rules table 'tvm-packed' does not have"),
    ],
)
def test_what_is_wrong_with_the_adapter_is_told_before_the_run(subject: type, words: str) -> None:
    with pytest.raises(UserError) as problem, session(subject):
        pass
    assert words in str(problem.value)
