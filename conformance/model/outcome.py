"""What one pytest item leaves: the counts and findings of a stream on one pair, as data that crosses xdist."""

from __future__ import annotations

from typing import Any, Literal

from attrs import evolve, field, frozen

from conformance.model import json

RESULT_SCHEMA = "abi-conformance/2"
"""The schema of the results that are written."""

RESULT_SCHEMAS = ("abi-conformance/1", RESULT_SCHEMA)
"""The schemas of the results that are read; the first does not say where a matched call goes wrong."""

INTERRUPTED = "interrupted"
"""Why something was not run when the run was ended from outside."""

NOT_DRAWN = "no case of this check was drawn"
"""Why there is nothing of a check in what was drawn."""

OUT_OF_TIME = "the time of --max-time was over before its end"
"""Why something was not run, or not all of it, when the run had a limit."""


Reproduced = Literal["shown", "not shown", "not built"]
"""What a stand-alone reproducer comes to; one that cannot be built here says nothing about its finding."""

SHOWN: Reproduced = "shown"
NOT_SHOWN: Reproduced = "not shown"
NOT_BUILT: Reproduced = "not built"

ByBundle = dict[str, dict[str, dict[str, dict[str, int]]]]
"""Verdicts by what was drawn, convention and class: {bundle: {convention: {class: {verdict: n}}}}."""


@frozen
class Contrast:
    """One value of a finding's call: an argument or the return.

    `passed` and `declared` are what it is to the side that sends it and to the one that reads it, empty where that side
    has none. `sent`, `required` and `seen` show the value: bytes in hexadecimal in the order of memory, or in words
    what a pointer leads to; None where there is none, or none that can be told.
    """

    name: str
    passed: str = ""
    declared: str = ""
    sent: str | None = None
    required: str | None = None
    seen: str | None = None

    @property
    def differs(self) -> bool:
        """Whether what was seen is not what had to be, or had to be nothing."""
        return self.seen is not None and self.seen != self.required


@frozen
class Finding:
    """A nonconforming case, shrunk: the entry of `findings` in the result JSON, before waivers and folders.

    `case` is the canonical case JSON, `required` and `observed` are the two lines of the terminal layout, and
    `detail` holds further lines, such as the dependence on the calls before it. `marks` are the marks of its cause,
    each as its JSON with the key of an example (model/mark.py); with none, the one mark is that of the case itself.
    `wrong_kind` is the kind that is passed where the call first arrives wrong, if it was accepted and does. `defect`
    names what is wrong whatever is called, "" for nothing (oracle/fault.py). `simpler` is the mark of a simpler call of
    the same callee that goes wrong in the same way, as JSON; None where none does. `values` are those that were sent
    and seen, as far as they were recorded. `evidence` are the lines in which a sanitizer told of it. `excused_by` is
    what excused its whole cause in the search, "" where nothing did.
    """

    id: str
    fingerprint: str
    key: str
    check: str
    verdict: str
    mismatch: dict[str, Any]
    signature: dict[str, str]
    pair: tuple[str, str]
    required: str
    observed: str
    message: str
    case: dict[str, Any]
    detail: tuple[str, ...] = ()
    shrink: dict[str, int] = field(factory=dict)
    marks: tuple[dict[str, Any], ...] = ()
    wrong_kind: str = ""
    defect: str = ""
    simpler: dict[str, Any] | None = None
    values: tuple[Contrast, ...] = ()
    evidence: tuple[str, ...] = ()
    excused_by: str = ""

    def changed(self, **fields: Any) -> Finding:
        """The finding with other values of some fields."""
        return evolve(self, **fields)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data."""
        return json.to_json(self)


@frozen
class Outcome:
    """The counts of one stream of one check on one pair (`pair` is empty for checks that compare pairs).

    `status` is "pass", "fail", "not-applicable", "not-run" or "error". `signatures` are what is kept of their hashes
    (distinct.py), to be united over items, `kinds` are the kinds in them; `compiled` counts stubs' signatures, a side
    each. `by_bundle` counts what both conventions make of checked builds, in the first bundles; `rejected_classes`
    names the classes that enter the headline (what the rules reject, over the same cases for both conventions). An
    "error" is the suite's own fault, with `adapter` that of the adapter by which a subject in Python is reached.
    `cut_off` are those of `not_run` that calls before them kept from being made, by their deaths, hangs or number; the
    rules' policies forbid the others. `release` and `blind_spots` are counted apart. `news` counts calls, by class and
    place, that a version makes otherwise than another and right by itself. `groups` are cases by kind (groups.py).

    generated = judged + not_run, and judged = executed + inconclusive.
    """

    check: str
    pair: tuple[str, ...]
    status: str
    why: str = ""
    generated: int = 0
    executed: int = 0
    judged: int = 0
    inconclusive: int = 0
    not_run: int = 0
    cut_off: int = 0
    compiled: int = 0
    examples: int = 0
    by_verdict: dict[str, int] = field(factory=dict)
    by_bundle: ByBundle = field(factory=dict)
    rejected_classes: tuple[str, ...] = ()
    release: dict[str, int] = field(factory=dict)
    blind_spots: dict[str, int] = field(factory=dict)
    signatures: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    news: dict[str, int] = field(factory=dict)
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    groups: tuple[dict[str, Any], ...] = ()
    seconds: float = 0.0
    adapter: bool = False
    out_of_time: bool = False
    stream: int = 1

    def changed(self, **fields: Any) -> Outcome:
        """The outcome with other values of some fields."""
        return evolve(self, **fields)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data."""
        return json.to_json(self)

    def without_verdict(self, why: str) -> Outcome:
        """What it counts, of an item that did not come to its end."""
        return self.changed(status="not-run", why=why)

    def cut_short(self) -> Outcome:
        """What it counts, of an item whose time was over: it may have failed, and has not passed."""
        return (self if self.findings else self.without_verdict(OUT_OF_TIME)).changed(out_of_time=True)

    @staticmethod
    def from_json(raw: dict[str, Any]) -> Outcome:
        """The inverse of `to_json`."""
        return json.from_json(raw, Outcome)


class Interrupted(KeyboardInterrupt):
    """An interruption in the midst of an item; `outcome` is what the item had come to by then."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome
