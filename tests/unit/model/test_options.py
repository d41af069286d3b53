"""The table of options: what its rows promise, how their values are read, and what is said of bad ones."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from conformance.model.option import Option, OptionError, read, texts
from conformance.model.options import OPTIONS, RunOptions

BY_NAME = {option.name: option for option in OPTIONS}


def test_every_field_of_a_run_is_an_option_with_its_default() -> None:
    assert [(option.field, option.default) for option in OPTIONS if option.field] == [
        (field.name, field.default) for field in fields(RunOptions)
    ]


@pytest.mark.parametrize("attribute", ["name", "run_word", "pytest_word", "short", "field"])
def test_no_two_options_are_written_alike(attribute: str) -> None:
    words = [word for option in OPTIONS if (word := getattr(option, attribute))]
    assert len(words) == len(set(words))


def test_what_is_not_given_is_the_default() -> None:
    nothing = {option.key: () if option.repeatable else None if option.metavar else False for option in OPTIONS}
    assert read(OPTIONS, {}) == read(OPTIONS, nothing) == {}


def test_values_are_read_by_field() -> None:
    given = {"compiler": ("tcc", "gcc"), "pair": ["gcc/tcc", "/opt/a > /opt/b"], "no_shrink": True, "quiet": True,
             "seed": "7", "waivers": "none", "workers": "auto", "against": "reference", "profile": "ci",
             "shard": "2/5"}  # fmt: skip
    values: dict[str, Any] = read(OPTIONS, given)
    assert values == {
        "compilers": ("tcc", "gcc"), "pairs": (("gcc", "tcc"), ("/opt/a", "/opt/b")), "shrink": False, "quiet": True,
        "seed": 7, "waivers": Path("none"), "profile": "ci", "shard": (2, 5),
    }  # fmt: skip
    assert RunOptions(**values).seed == 7


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.metavar], ids=lambda option: option.name)
@pytest.mark.parametrize("blank", ["", " \t"])
def test_a_blank_value_is_refused(option: Option, blank: str) -> None:
    given = {option.key: ("x0-*", blank) if option.name == "check" else (blank,) if option.repeatable else blank}
    with pytest.raises(OptionError) as told:
        read(OPTIONS, given, lambda known: f"<{known.name}>")
    assert str(told.value) == f"<{option.name}> is empty; give it a value, or leave it out"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("seed", "-1", "--seed -1: this is no whole number from 0 up"),
        ("max-examples", "0", "--max-examples 0: this is no whole number from 1 up"),
        ("max-failures", "x", "--max-failures x: this is no whole number from 1 up"),
        ("profile", "slow", "--profile slow: there is no such profile; there are quick, ci, nightly"),
        ("shard", "x", "--shard x: this is no part of a run; write K/N, such as 2/5 for the second of five"),
        ("shard", "1/2/3", "--shard 1/2/3: this is no part of a run; write K/N, such as 2/5 for the second of five"),
        ("shard", "0/2", "--shard 0/2: K of K/N goes from 1 to N, and N is at most 999"),
        ("shard", "3/2", "--shard 3/2: K of K/N goes from 1 to N, and N is at most 999"),
        ("shard", "1/1000", "--shard 1/1000: K of K/N goes from 1 to N, and N is at most 999"),
        ("workers", "many", "-n many: this is no number of processes; give one, or auto"),
    ],
)
def test_a_bad_value_is_one_sentence_with_the_mend(name: str, text: str, says: str) -> None:
    with pytest.raises(OptionError) as told:
        read(OPTIONS, {BY_NAME[name].key: text})
    assert str(told.value) == says


@pytest.mark.parametrize("text", ["tcc", "a/b/c", "/tcc", "a>", "a > b > c"])
def test_a_bad_pair_says_how_one_is_written(text: str) -> None:
    with pytest.raises(OptionError, match="write CALLER/CALLEE, or 'CALLER>CALLEE' where one is a path"):
        read(OPTIONS, {"pair": (text,)})


def test_texts_are_handed_on_as_they_were_given() -> None:
    given = {"quiet": True, "compiler": ("gcc:-O3 -m32", "tcc"), "seed": "07", "html": None, "no_shrink": False}
    handed = [(option.name, text) for option, text in texts(OPTIONS, given)]
    assert handed == [("quiet", ""), ("compiler", "gcc:-O3 -m32"), ("compiler", "tcc"), ("seed", "07")]


def test_the_help_names_the_default() -> None:
    assert BY_NAME["profile"].explained.endswith(".  [default: quick]")
    assert BY_NAME["report-dir"].explained.endswith(".  [default: .abi-conformance]")
    assert BY_NAME["check"].explained.endswith(
        ".  [repeatable; default: all but DIRECT-PAIR; with --against-built SKEW and X0-LAYOUT]"
    )
    assert BY_NAME["quiet"].explained == "Only checks that failed or did not run, findings and the verdict."
