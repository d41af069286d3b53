"""The matrix of compilers by compilers, and what the pairs that show a cause have in common."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.reports.causes import Told
from conformance.reports.sides import culprit, matrices

IDS = {"tcc": ("tcc", "x86-64"), "gcc-O0": ("gcc", "x86-64"), "gcc-O2": ("gcc", "x86-64"), "gcc-m32": ("gcc", "i386"),
       "clang-m32": ("clang", "i386")}  # fmt: skip


def result(pairs: dict[tuple[str, str], str], shared: bool = True) -> Any:
    """A result of one check, with what it came to on each pair."""
    rows = [{"pair": list(pair), "status": status} for pair, status in pairs.items()]
    return {
        "notes": {"pairs": "some"} if shared else {},
        "compilers": [{"id": id_, "name": name, "machine": machine} for id_, (name, machine) in IDS.items()],
        "pairs": [list(pair) for pair in pairs],
        "checks": [{"id": "X0-MATCH", "pairs": rows}],
    }


def told(*pairs: tuple[str, str]) -> Told:
    """A cause that shows on some pairs."""
    first, *others = ({"pair": list(pair), "check": "X0-MATCH"} for pair in pairs)
    return Told(first, (), tuple(others))


NATIVE = [(a, b) for a in ("tcc", "gcc-O0", "gcc-O2") for b in ("tcc", "gcc-O0", "gcc-O2")]
ALL = [*NATIVE, ("gcc-m32", "clang-m32"), ("clang-m32", "gcc-m32")]


def test_cells_are_compilers_whatever_their_flags() -> None:
    pairs = dict.fromkeys(ALL, "pass") | {("tcc", "gcc-O2"): "fail", ("gcc-m32", "clang-m32"): "not-run"}
    compilers, targets = matrices(result(pairs))
    assert compilers.head == ("caller, callee:", "tcc", "gcc", "clang")
    assert compilers.rows == (
        ("tcc", "ok", "FAIL 1/2", "·"), ("gcc", "ok", "ok", "not built"), ("clang", "·", "ok", "·")
    )  # fmt: skip
    assert targets.rows == (("x86-64", "FAIL 1/9", "9 pairs"), ("i386", "part", "2 pairs"))


def test_a_run_whose_pairs_were_named_has_no_matrix() -> None:
    assert matrices(result(dict.fromkeys(ALL, "pass"), shared=False)) == ()


@pytest.mark.parametrize(
    ("red", "words"),
    [
        ([pair for pair in ALL if pair[1] == "gcc-O2"], "only with gcc-O2 as callee"),
        ([pair for pair in ALL if pair[0] == "tcc"], "only with tcc as caller"),
        ([pair for pair in NATIVE if "tcc" in pair], "only with tcc on one side"),
        (ALL[-2:], "only with clang on one side"),
        ([("gcc-O0", "gcc-O2"), ("gcc-O2", "gcc-O2")], "only with gcc-O2 as callee, in 2 of its 3 pairs"),
        ([("tcc", "gcc-O0")], ""),
        (ALL, ""),
        ([("tcc", "gcc-O0"), ("gcc-m32", "clang-m32")], ""),
    ],
)
def test_what_red_pairs_have_in_common_is_told(red: list[tuple[str, str]], words: str) -> None:
    assert culprit(told(*red), result(dict.fromkeys(ALL, "pass"))) == words


def test_a_target_is_told_where_no_compiler_is() -> None:
    pairs = dict.fromkeys([*NATIVE, ("gcc-m32", "gcc-m32"), ("clang-m32", "clang-m32"), ("tcc", "tcc")], "pass")
    red = told(("gcc-m32", "gcc-m32"), ("clang-m32", "clang-m32"))
    assert culprit(red, result(pairs)) == "only on i386"
