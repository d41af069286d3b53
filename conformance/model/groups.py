"""Cases by kind: how often each verdict was reached, and the smallest example of it, as data that crosses xdist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

Group = dict[str, Any]
"""`group`, `check`, `verdicts` {verdict: n}, and `examples` {verdict: {"key", "signature", "case"}}."""


def group_of(key: str) -> str:
    """The group of a case key: without the pair and the index, `type::packed::f64<-i64`."""
    cls, convention, _, tail = key.split("::", 3)
    without = re.sub(r"@[0-9]+(\+[0-9]+)?$", "", tail)
    return f"{cls}::{convention}::{without}".removesuffix("::")


def merged(groups: Iterable[Mapping[str, Any]]) -> tuple[Group, ...]:
    """One entry for each group of each check, in order: counts are summed, the smallest examples are kept."""
    found: dict[tuple[str, str], Group] = {}
    for one in groups:
        name, check = one["group"], one["check"]
        into = found.setdefault((name, check), {"group": name, "check": check, "verdicts": {}, "examples": {}})
        for verdict, n in one["verdicts"].items():
            into["verdicts"][verdict] = into["verdicts"].get(verdict, 0) + n
        for verdict, example in one["examples"].items():
            kept = into["examples"].get(verdict)
            if kept is None or size(example) < size(kept):
                into["examples"][verdict] = example
    return tuple(found[name] for name in sorted(found))


def size(example: Mapping[str, Any]) -> tuple[int, int, str]:
    """What the smallest example has least of: arguments, then the length of its case as JSON, then that text."""
    case = example["case"]
    text = json.dumps(case, sort_keys=True, separators=(",", ":"))
    return len(case.get("payload", ())), len(text), text
