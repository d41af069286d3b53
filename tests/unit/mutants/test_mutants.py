"""The mutants of the reference: what makes them, which are run, and what their runs come to."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.mutants.build import SUBJECTS, Built, build
from benchmarks.mutants.mutant import Change, Mutant, source
from benchmarks.mutants.operators import EDITS, Edit
from benchmarks.mutants.outside import Entry, allowed_by, entries
from benchmarks.mutants.own import own
from benchmarks.mutants.report import LEAST, Score, score
from benchmarks.mutants.trial import Trial, attempt

ROOT = Path(__file__).parents[3]
CHEAP = ("--max-examples", "1")


def edited(old: str, new: str, file: str = "packed.c") -> Mutant:
    """The reference with one change of ours."""
    text = source(file)
    assert old in text
    return Mutant("test", "test", file, text.replace(old, new, 1))


def trial(change: Mutant, code: int | None, check: str = "") -> Trial:
    """What a run is said to have come to."""
    return Trial(change, ".", code, check, 10, 1.0)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{edit.operator}: {edit.find[:40]}")
def test_every_edit_finds_a_place_in_the_reference(edit: Edit) -> None:
    assert re.search(edit.find, source("packed.c"), re.MULTILINE)


def test_our_mutants_differ_from_the_reference_and_hold_a_value_in_place_of_the_sign() -> None:
    for mutant in own():
        assert mutant.text != source(mutant.file)
        assert "@" not in mutant.change().after


def test_a_change_is_told_by_its_line_and_what_stood_there() -> None:
    assert edited("  if (text == NULL) return false;\n", "").change().before == "if (text == NULL) return false;"
    inserted = edited("  Thread* thread;\n", "  Thread* thread;\n  abort();\n").change()
    behind = "pthread_once(&once, make_key);"
    assert (inserted.before, inserted.after) == (behind, f"abort(); {behind}")
    assert source("packed.c").splitlines()[inserted.line - 2] == "  Thread* thread;"


def test_a_seed_draws_the_same_mutants_again_and_another_seed_others() -> None:
    pytest.importorskip("universalmutator", reason="python3 dev.py mutants brings it")
    from benchmarks.mutants.draw import order

    first, again, other = ([mutant.id for mutant in islice(order(seed), 60)] for seed in (1, 1, 2))
    assert first == again != other
    assert len(set(first)) == 60
    drawn = list(islice(order(1), 60))
    assert {mutant.maker for mutant in drawn[:2]} == {"own", "universalmutator"}
    assert {edit.operator for edit in EDITS} == {mutant.operator for mutant in drawn if mutant.maker == "own"}


@pytest.mark.compiler("gcc")
@pytest.mark.parametrize(
    ("mutant", "subjects", "why"),
    [
        (edited("The last error of", "A last error of"), (), "same object code"),
        (edited("return 0;", "return 0"), (), "does not build or link"),
        (edited('append_decimal(put(to, "code', 'append_binary(put(to, "code'), (), "does not build or link"),
        (edited("DEFINE(u8, uint8_t, v_int64, value)\n", ""), (), "does not build or link"),
        (edited("index = index;", "index = index + 1;"), tuple(SUBJECTS), ""),
        (edited("parsed <= UINT16_MAX", "parsed <= 9"), ("runtime-rules",), ""),
        (edited("ABI_INT = 0", "ABI_INT = 16", "binding.h"), tuple(SUBJECTS), ""),
    ],
    ids=["comment", "syntax", "undefined", "not exported", "both", "one", "header"],
)
def test_what_is_the_same_program_or_none_is_dropped(mutant: Mutant, subjects: tuple[str, ...], why: str) -> None:
    assert build(mutant) == Built(mutant, subjects, why)


def test_a_mutant_is_killed_by_the_check_that_fails_and_the_reference_is_not() -> None:
    accepts = edited("return fail(WRONG_CODE,", "return 0 * fail(WRONG_CODE,")
    killed = attempt(Built(accepts, (".",)), CHEAP)
    assert (killed.killed, killed.code, killed.check) == (True, 1, "X0-RETURN") and killed.cases > 100
    comment = edited("The last error of", "A last error of")
    alive = attempt(Built(comment, tuple(SUBJECTS)), CHEAP)
    assert (alive.killed, alive.code, alive.subject) == (False, 0, "runtime-rules")
    assert alive.cases > killed.cases


def test_only_an_orderly_end_with_a_finding_is_a_kill() -> None:
    mutant = edited("return 0;", "return 2;")
    assert trial(mutant, 1, "X0-TYPE").killed
    for code in (0, 2, 3, 4, 5, None):
        assert not trial(mutant, code, "X0-TYPE").killed
    assert not trial(mutant, 1).killed


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.why[:40])
def test_what_is_outside_the_rules_is_so_by_a_sentence_that_stands_there(entry: Entry) -> None:
    assert entry.quote in " ".join((ROOT / entry.page).read_text("utf-8").split())
    assert entry.why


def test_a_mutant_that_lives_and_is_outside_leaves_the_adjusted_score_and_no_other() -> None:
    dropped = edited("  if (ret == NULL || ret_code == NULL) return fail(NULL_RETURN, NO_ARGUMENT, 0, 0);\n", "")
    real = edited("contains(rules[kind].accepts, codes[index])", "1")
    narrow = edited("(int64_t)spec->byte_offset", "(int16_t)spec->byte_offset")
    other_name, swapped = edited('"byte_offset", ', '"offset", '), edited("(dtype, bool_dtype)", " ( bool_dtype,dtype)")
    assert allowed_by(other_name.change()) and allowed_by(swapped.change()) and not allowed_by(narrow.change())
    assert allowed_by(dropped.change()) and not allowed_by(real.change())
    assert not allowed_by(Change(1, "if (check_slot(ret, ret_code)) return -1;", "return 0;"))
    found = score([trial(dropped, 0), trial(dropped, 1, "X0-NULL"), trial(real, 0), trial(real, 1, "X0-TYPE")])
    assert (found.run, found.killed, found.outside) == (4, 2, 1)
    assert (found.raw, found.adjusted) == (0.5, 2 / 3)
    assert found.reaches(0.6) is False  # too many are outside
    few = score([*[trial(real, 1, "X0-TYPE")] * 9, trial(dropped, 0)])
    assert few.adjusted == 1 and few.reaches(0.97)


@pytest.mark.compiler("gcc")
def test_the_command_reports_the_mutants_of_a_seed(tmp_path: Path) -> None:
    pytest.importorskip("universalmutator", reason="python3 dev.py mutants brings it")
    command = [
        sys.executable,
        "-m",
        "benchmarks.mutants",
        "--seed",
        "5",
        "--count",
        "2",
        "--json",
        str(tmp_path / "m.json"),
    ]
    ended = subprocess.run([*command, "--", *CHEAP], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    found = json.loads((tmp_path / "m.json").read_text())
    assert found["score"]["run"] == len(found["mutants"]) == 2
    total = Score(*(found["score"][name] for name in ("run", "killed", "outside")))
    assert ended.returncode == (0 if total.reaches(LEAST) else 1)
    assert f"seed 5: 2 mutants, {found['score']['killed']} killed" in ended.stdout
