"""Marks: what findings are told apart by, worked out from a case key so that no index or value is in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from conformance.model import json
from conformance.model.case import INTERPOSED, MODES, Case

RELEASED = "released"
"""The mode whose suffix says of a matched call's key too that the callee's checks are compiled out."""

UNPLACED = "match"
"""The place of a matched call of which it is not known where it went wrong."""

MOST_ALIKE = 5
"""More marks of a check that are alike in all but kinds are one cause."""

_MODE = re.compile(rf"\+({'|'.join(MODES[1:])})$")
_MATCHED = re.compile(r"match(?:\((?P<kind>.*)\))?(?:@(?P<at>[a-z]+|[0-9]+|\*))?")


@frozen
class Mark:
    """One way to go wrong.

    `place` is one of: the declared kind with the passed kind or code, `f64<-i64`, `f64<-code(8)`; of a return
    `i64<-f64@ret`; of a matched call the kind at which it goes wrong, `i8`, `f64@ret`; or `@call` (counts and nulls,
    too), `@arrays`, `@handle`, `@state`; or the name of what is compared, for the class `layout`.
    """

    check: str
    pair: tuple[str, str]
    convention: str
    cls: str
    mode: str
    verdict: str
    place: str

    def __str__(self) -> str:
        """`X0-TYPE type::packed::gcc-O2>tcc::f64<-i64 late`; modes but the plain one stand behind the place."""
        mode = "" if self.mode in ("", "plain") else f"+{self.mode}"
        return f"{self.check} {self.cls}::{self.convention}::{'>'.join(self.pair)}::{self.place}{mode} {self.verdict}"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data."""
        return json.to_json(self)

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Mark:
        """The inverse of `to_json`; other keys do no harm. Raises KeyError or ValueError for anything else."""
        return json.from_json(raw, Mark)


def mark_of(case: Case, verdict: str, match_place: str = "") -> Mark:
    """The mark of a nonconforming case. `match_place` says where a matched call goes wrong (`Case.failed_key`)."""
    return mark_of_key(case.check, case.failed_key(match_place), verdict, case.mode)


def mark_of_key(check: str, key: str, verdict: str, mode: str = "plain") -> Mark:
    """The mark of a case that is known by its key; `mode` is its mode, which only some keys tell.

    A key that ends in `+released` does not: that of a release build ends so as well.
    """
    cls, convention, pair, tail = key.split("::", 3)
    caller, _, callee = pair.partition(">")
    place = _place(cls, tail)
    if cls == "match" and _MATCHED.fullmatch(_without_mode(tail)[0]):
        place, told = _without_mode(tail)
        place, mode = _matched_place(place), told or (mode if mode == RELEASED or place == UNPLACED else "plain")
    return Mark(check, (caller, callee), convention, cls, mode, verdict, place)


def alike(mark: Mark) -> Mark:
    """The mark with `*` for its kinds and codes: more than `MOST_ALIKE` marks that are alike are one cause."""
    if mark.cls == "layout" or mark.place.startswith("@") or mark.place == UNPLACED or "+" in mark.place:
        return mark
    kinds, at, ret = mark.place.partition("@")
    return evolve(mark, place=("*<-*" if "<-" in kinds else "*") + at + ret)


def place_of(mark: Mark) -> Mark:
    """The mark without verdict and mode: what goes wrong, whatever that comes to.

    How sides are loaded stays: code that takes another's place is a cause of its own.
    """
    return evolve(mark, verdict="", mode=mark.mode if mark.mode in INTERPOSED else "")


def _without_mode(tail: str) -> tuple[str, str]:
    """A tail or a place without the suffixes of its mode, and the mode if it tells one."""
    mode = ""
    while (match := _MODE.search(tail)) is not None:
        tail, mode = tail[: match.start()], mode if match[1] == RELEASED else match[1]
    return tail, mode


def _matched_place(tail: str) -> str:
    match = _MATCHED.fullmatch(tail)
    kind, at = (match["kind"], match["at"]) if match is not None else (None, None)
    if kind is None:
        return f"@{at}" if at else UNPLACED
    return _bare(kind) + ("@ret" if at == "ret" else "")


def _place(cls: str, tail: str) -> str:
    if cls == "layout":
        return tail
    if cls in ("few", "many", "swap") or cls.startswith("null-"):
        return "@call"
    kinds, _, at = tail.rpartition("@")
    ret = "@ret" if at == "ret" else ""
    joint = "+" if "<-" not in kinds else "<-"
    declared, _, passed = kinds.partition(joint)
    parts = [part for part in (_bare(declared), _bare(passed)) if part]
    return joint.join(parts) + ret


def _bare(text: str) -> str:
    """A kind or a code as it stands in a mark: tensors and values by their kind only, a value without a kind not."""
    if text.startswith("code("):
        return text
    return "" if text.startswith("0x") else text.partition("(")[0]
