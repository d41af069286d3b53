"""The explorer over a transport without processes: no cause hides another, and what was not run is counted and said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from conformance.engine.confirm import MOST_CONFIRMED
from conformance.engine.explore import MOST_BUNDLES, Explorer, nobody_watches
from conformance.generation.database import CaseDatabase
from conformance.model.case import Case
from conformance.model.headway import Headway
from conformance.model.observation import MOST_DEATHS, MOST_HANGS
from conformance.model.outcome import Outcome
from conformance.model.signature import Signature
from conformance.oracle.judge import Judgement
from tests.unit.engine.fake import FINE, PAIR, FakeCarrier, FakeTransport, of, wrong

Judge = Callable[[Signature], Judgement]


def breaks(*kinds: str, verdict: str = "unpredicted") -> Judge:
    """What a subject comes to that gets the first argument of one of `kinds` wrong."""

    def judge(signature: Signature) -> Judgement:
        for at, param in enumerate(signature.params):
            if param.kind in kinds:
                return wrong(param.kind, verdict, at)
        return FINE

    return judge


def explored(
    judge: Judge,
    *bundles: tuple[Signature, ...],
    alone: Judge | None = None,
    excused: tuple[str, ...] = (),
    shrink: bool = True,
    deaths: int = 0,
    hangs: int = 0,
    builds: bool = True,
    database: CaseDatabase | None = None,
    moved: Callable[[Headway], None] = nobody_watches,
) -> Outcome:
    transport = FakeTransport(FakeCarrier(judge, alone or judge, deaths, hangs, builds), bundles)

    def excuse(case: Case, key: str, verdict: str) -> str | None:
        return "a waiver" if key in excused else None

    watched = Explorer(
        transport,
        "X0-MATCH",
        (PAIR,),
        seed=0,
        excuse=excuse,
        shrink=shrink,
        database=database,
        moved=moved,
    )
    return watched.run()


def keys(outcome: Outcome) -> list[str]:
    return [finding.key.split("::", 3)[3] for finding in outcome.findings]


def test_what_conforms_passes() -> None:
    outcome = explored(breaks(), (of("i8"), of("f64")))
    assert (outcome.status, outcome.judged, outcome.findings) == ("pass", 2, ())


def test_what_is_kept_of_a_long_run_is_bounded_and_its_counts_are_whole() -> None:
    number, excused = MOST_BUNDLES + 100, ("match::packed::here>there::match(i8)@0",)
    outcome = explored(breaks("i8"), *([(of("i8"), of("u8"))] * number), excused=excused)
    assert (outcome.judged, outcome.signatures) == (2 * number, explored(breaks(), (of("i8"), of("u8"))).signatures)
    assert len(outcome.by_bundle) == MOST_BUNDLES
    assert [group["verdicts"] for group in outcome.groups] == [{"unpredicted": number}]


def test_it_says_how_far_it_has_come_and_what_was_found() -> None:
    steps: list[Headway] = []
    excused = ("match::packed::here>there::match(u8)@0",)
    explored(breaks("i8", "u8"), (of("i8"),), (of("i8"), of("u8")), (of("f64"),), excused=excused, moved=steps.append)
    assert {(step.check, step.pair) for step in steps} == {("X0-MATCH", PAIR)}
    assert [(step.share, step.cases, step.found) for step in steps] == [
        (0, 0, 0),
        (1 / 3, 1, 1),
        (2 / 3, 3, 1),
        (1, 4, 1),
    ]


def test_two_defects_are_two_findings_each_shrunk() -> None:
    outcome = explored(breaks("i8", "f64"), (of("i16", "i8"), of("i16", "i16", "f64")))
    assert outcome.status == "fail"
    assert keys(outcome) == ["match(i8)@0", "match(f64)@0"]
    assert [finding.signature["declared"] for finding in outcome.findings] == ["(i8) -> none", "(f64) -> none"]


def test_an_excused_defect_hides_no_other() -> None:
    excused = ("match::packed::here>there::match(i8)@0",)
    outcome = explored(breaks("i8", "f64"), (of("i8"), of("f64")), excused=excused)
    assert keys(outcome) == ["match(f64)@0", "match(i8)@0"]


def test_a_call_at_another_index_than_the_excused_one_is_not_excused_by_shrinking() -> None:
    excused = ("match::packed::here>there::match(i8)@0",)
    outcome = explored(breaks("i8"), (of("i8"), of("i16", "i8")), excused=excused)
    assert keys(outcome) == ["match(i8)@1", "match(i8)@0"]


def test_the_simplest_call_of_a_mark_stands_for_it_and_of_equals_the_first_drawn() -> None:
    outcome = explored(breaks("i8"), (of("i16", "i8", "f64"), of("f64", "i8")), (of("i16", "i8"),), shrink=False)
    (finding,) = outcome.findings
    assert finding.signature["declared"] == "(f64, i8) -> none"


def test_more_than_five_marks_alike_are_one_cause_that_lists_them() -> None:
    kinds = ("i8", "i16", "i32", "i64", "u8", "u16")
    outcome = explored(breaks(*kinds), tuple(map(of, kinds)))
    (finding,) = outcome.findings
    assert [mark["place"] for mark in finding.marks] == list(kinds)
    assert len(explored(breaks(*kinds[:5]), tuple(map(of, kinds))).findings) == 5


def test_what_does_not_come_again_is_a_note_and_fails_nothing() -> None:
    outcome = explored(breaks("i8"), (of("i8"),), alone=breaks())
    assert (outcome.status, outcome.findings) == ("pass", ())
    (note,) = outcome.notes
    assert "match(i8)@0" in note and "seen once" in note


def test_causes_beyond_the_bound_are_listed_and_fail() -> None:
    signatures = tuple(of(*["i8"] * n) for n in range(1, MOST_CONFIRMED + 6))

    def judge(signature: Signature) -> Judgement:  # no two of one mark: each goes wrong in a way of its own
        return Judgement(f"unpredicted-{len(signature)}", False, "accept", "returned 0", "@call")

    outcome = explored(judge, signatures, shrink=False)
    assert len(outcome.findings) == MOST_CONFIRMED + 5
    listed = [finding for finding in outcome.findings if any("not confirmed" in line for line in finding.detail)]
    assert len(listed) == 5


def test_shrinking_changes_neither_what_is_found_nor_how_much() -> None:
    bundles = ((of("i16", "i8"), of("i16", "i16", "f64")),)
    plain, shrunk = (explored(breaks("i8", "f64"), *bundles, shrink=shrink) for shrink in (False, True))
    marks = [[mark["place"] for finding in outcome.findings for mark in finding.marks] for outcome in (plain, shrunk)]
    assert marks[0] == marks[1]
    assert (plain.status, plain.by_verdict) == (shrunk.status, shrunk.by_verdict)


def test_too_many_deaths_or_hangs_end_the_check_and_the_rest_is_counted() -> None:
    bundle = (of("i8"), of("f64"))
    for deaths, hangs in ((MOST_DEATHS, 0), (0, MOST_HANGS)):
        outcome = explored(breaks(), bundle, bundle, bundle, deaths=deaths, hangs=hangs)
        assert (outcome.generated, outcome.judged, outcome.not_run) == (6, 2, 4)
        assert outcome.cut_off == 4
        assert outcome.why.startswith("4 calls were not run: ")


def test_what_cannot_be_built_is_inconclusive_with_the_reason() -> None:
    outcome = explored(breaks("i8"), (of("i8"),), builds=False)
    assert (outcome.status, outcome.executed, outcome.inconclusive) == ("not-run", 0, 1)
    assert (outcome.generated, outcome.judged, outcome.by_verdict) == (1, 1, {"inconclusive": 1})
    assert outcome.why == "the compiler has no such thing"


def test_what_was_found_before_is_tried_first_and_forgotten_once_it_conforms(tmp_path: Path) -> None:
    database = CaseDatabase(tmp_path)
    assert keys(explored(breaks("i8"), (of("i8"),), database=database)) == ["match(i8)@0"]
    assert keys(explored(breaks("i8"), (of("f64"),), database=database)) == ["match(i8)@0"]
    assert explored(breaks(), (of("f64"),), database=database).judged == 2
    assert explored(breaks("i8"), (of("f64"),), database=database).judged == 1
