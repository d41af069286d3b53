"""What entries a waiver file needs: those that would make a run pass, and the keys of those that are older."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from conformance.gate import witness as witnesses
from conformance.gate.baseline import marks_of
from conformance.gate.waivers import OLD_TAIL, Waiver, cases_of, meant_keys
from conformance.model.case import Case
from conformance.model.mark import Mark

_COUNTS = ("few::", "many::")
"""How keys begin whose tails are two numbers of arguments."""

_TENSOR = re.compile(r"(tensor\().*?(?=<-|@|$)")
"""What a key says of a tensor: all are one to a mark."""


def missing(
    result: Mapping[str, Any], is_excused: Callable[[str, Mark], bool] = lambda _key, _mark: False
) -> tuple[Waiver, ...]:
    """The entries that would make a run pass: for every mark that nothing excuses yet, at whatever index it shows.

    Where sides are built against chosen versions, an entry is about the runtime that ran: on another one what shows is
    another break.
    """
    wanted: dict[tuple[str, str, str], Case | None] = {}
    for finding in result["findings"]:
        if not finding.get("waived_by"):
            runtime = _only(str(finding.get("case", {}).get("runtime", "")))
            for key, mark in marks_of(finding):
                if not is_excused(key, mark):
                    name = any_index(key), mark.verdict, runtime
                    wanted[name] = wanted.get(name) or witnesses.of_finding(finding, key, mark.verdict)
    return tuple(
        Waiver(place, key, verdict, "", runtime=runtime, witness=case)
        for place, ((key, verdict, runtime), case) in enumerate(wanted.items(), 1)
    )


def _only(version: str) -> str:
    """The range that holds a version alone; of one that is no number, such as a git revision, there is none."""
    from packaging.version import InvalidVersion, Version

    try:
        return f"=={Version(version)}"
    except InvalidVersion:
        return ""


def any_index(key: str) -> str:
    """A glob for a case key at every index, with every tensor, and of counts for all: they are one mark.

    Characters that a glob would understand are themselves in it.
    """
    head, _, tail = key.rpartition("::")
    if key.startswith(_COUNTS):
        return f"{_escaped(head)}::*<-*"
    if tail == OLD_TAIL:
        return f"{_escaped(head)}::{OLD_TAIL}*"
    tail = _TENSOR.sub(r"\1*", _escaped(tail))
    return f"{_escaped(head)}::" + re.sub(r"@[0-9]+(\+[0-9]+)?(?=$|\+[a-z])", _any_number, tail)


def _any_number(match: re.Match[str]) -> str:
    return "@*+*" if match[1] else "@*"


def _escaped(text: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", text)


def renewed_keys(waiver: Waiver, result: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys that an entry needs: for matched calls those that it excuses in a result, all that it meant if none.

    The key of an entry that is not of an older release stays as it is.
    """
    if not meant_keys(waiver.key):
        return (waiver.key,)
    found = [
        any_index(key)
        for key, verdict in cases_of(result)
        if key.startswith("match::")
        and verdict == waiver.verdict
        and fnmatchcase(f"{key.rpartition('::')[0]}::{OLD_TAIL}", waiver.key)
        and fnmatchcase(key.rpartition("::")[2], f"{OLD_TAIL}*")
    ]
    return tuple(dict.fromkeys(found)) or (f"{waiver.key.rpartition('::')[0] or 'match::*'}::{OLD_TAIL}*",)
