"""When a check applies: by what the subject is, whichever way it is reached."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks import CHECKS, SubjectFacts, in_group
from conformance.rules.load import load

STUBS = SubjectFacts(
    "acme", "packed", load("tvm-packed-runtime"), ("i32", "i64", "str", "tensor"), compiled=True, compiled_pairs=2
)
PYTHON = replace(STUBS, compiled=False, compiled_pairs=0, checks=tuple(CHECKS), mutable_parts=())


def not_applicable(subject: SubjectFacts) -> dict[str, str]:
    """Every check that does not apply, with the reason."""
    answers = {name: check.applies_to(subject) for name, check in CHECKS.items()}
    return {name: why for name, why in answers.items() if why is not None}


def test_all_but_references_apply_to_stubs() -> None:
    assert not_applicable(STUBS) == {"X0-REFS": "acme passes no objects that are counted"}


def test_what_needs_stubs_or_the_unpacked_convention_does_not_apply_to_a_subject_in_python() -> None:
    assert set(not_applicable(PYTHON)) == {
        "X0-LAYOUT", "X0-NULL", "X0-UNKNOWN", "X1-MATCH", "X1-SILENT", "X1-WRITE", "PAIR", "STUBS", "DYNAMIC",
        "DIRECT-PAIR",
    }  # fmt: skip
    assert not_applicable(replace(PYTHON, checks=("X0-MATCH",)))["X0-TYPE"] == "acme gives no way to see it"


@pytest.mark.parametrize("subject", [STUBS, PYTHON], ids=["stubs", "python"])
def test_the_reason_does_not_depend_on_how_a_subject_is_reached(subject: SubjectFacts) -> None:
    few = replace(subject, kinds=("i64", "f64"), rules=load("tvm-packed"))
    assert (
        not_applicable(few).items()
        >= {
            "X0-COERCE": "the rules table 'tvm-packed' converts nothing",
            "X0-RANGE": "no two of the subject's kinds share a code",
            "X0-TENSOR": "the subject has no tensors",
        }.items()
    )


def test_a_packer_is_held_to_what_it_packs_and_its_callers_to_what_they_take() -> None:
    packer = replace(PYTHON, has_callees=False)
    assert set(CHECKS) - set(not_applicable(packer)) == {"X0-MATCH"}
    assert set(CHECKS) - set(not_applicable(replace(packer, takes=("i64",)))) == {"X0-MATCH", "X0-RETURN"}
    assert not_applicable(packer)["X0-COUNT"] == "acme is a packer: it has no callees"


def test_pairs_decide_what_is_compared() -> None:
    assert (
        not_applicable(replace(STUBS, compiled_pairs=1))["PAIR"] == "there is one pair only; give a second --compiler"
    )
    assert "DYNAMIC" not in not_applicable(replace(STUBS, compiled_pairs=0))
    assert "X0-MATCH" in not_applicable(replace(STUBS, compiled_pairs=0))


def test_every_check_stands_in_one_file_of_tests() -> None:
    groups = [in_group(group) for group in ("acceptance", "rejection", "state", "controls", "across")]
    assert sorted(name for group in groups for name in group) == sorted(CHECKS)
