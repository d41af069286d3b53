"""Holds a result against requirement sets: versioned lists of what must have been run, and passed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any


def held(result: Mapping[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """What each set asks for that the result does not have: `{"set", "unmet"}` a set, with a sentence a check.

    A check that is waived has not passed, and calls that were inconclusive are no cases.
    """
    checks = {check["id"]: check for check in result["checks"]}
    return [
        {"set": name, "unmet": [said for check, least in load(name).items() if (said := _lacks(checks[check], least))]}
        for name in names
    ]


def unmet(result: Mapping[str, Any]) -> list[str]:
    """What a result lacks of all sets that were asked for, a sentence each."""
    return [f"{entry['set']}: {said}" for entry in result.get("requirements", []) for said in entry["unmet"]]


def load(name: str) -> dict[str, dict[str, int]]:
    """A set, such as `packed/1`: the least of each figure, by check."""
    file = resources.files("conformance.gate") / "requirements" / f"{name.replace('/', '-')}.toml"
    return tomllib.loads(file.read_text("utf-8"))


def _lacks(check: Mapping[str, Any], least: Mapping[str, int]) -> str:
    if check["status"] != "pass":
        why = f": {check['why']}" if check["why"] else ""
        return f"{check['id']} must pass; it is {check['status']}{why}"
    had = {
        "cases": check["cases"] - check["by_verdict"].get("inconclusive", 0),
        "signatures": check["signatures"],
        "kinds": len(check["kinds"]),
    }
    short = [f"{number:,} {what}, not {had[what]:,}" for what, number in least.items() if had[what] < number]
    return f"{check['id']} must have at least {', '.join(short)}" if short else ""
