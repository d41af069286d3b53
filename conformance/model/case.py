"""One case: a call, the way in which it is wrong, and the key, id and JSON form that name it for good."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Signature, parse_signature
from conformance.model.value import NO_VALUE, Value

CASE_SCHEMA = "abi-conformance/case/1"

CONVENTIONS = ("packed", "unpacked", "direct")
"""How values cross in a call (docs/glossary.md)."""

CLASSES: dict[str, str] = {
    "match": "nothing differs",
    "type": "the code of one argument, where the rules say reject",
    "coerce": "the code of one argument, where the rules say convert",
    "width": "same code, another width: invisible to codes, visible to values",
    "sign": "same code, another signedness: invisible to codes, visible to values",
    "few": "fewer arguments than declared",
    "many": "more arguments than declared",
    "swap": "two arguments exchanged",
    "null-args": "a null array of values where the count says there are elements",
    "null-codes": "a null array of codes where the count says there are elements",
    "null-ret": "a null result slot",
    "unknown-code": "a code outside the convention's table",
    "lying-code": "the code says what is declared, the bits are another kind: undetectable by design",
    "ret-type": "the return's code is not what the caller takes",
    "ret-error": "the callee fails as it should, with a status and an error",
    "ret-status": "a status that is in no table, or a failure without an error",
    "ret-none": "the callee returns nothing and the caller takes something, or the other way round",
    "tensor-dtype": "the element type inside a tensor handle",
    "tensor-lanes": "the lanes of the element type inside a tensor handle",
    "tensor-ndim": "the number of dimensions inside a tensor handle",
    "tensor-shape": "an extent inside a tensor handle",
    "tensor-strides": "a stride inside a tensor handle",
    "tensor-offset": "the byte offset inside a tensor handle",
    "tensor-device": "the device inside a tensor handle",
    "tensor-data": "a null data pointer inside a tensor handle",
    "tensor-null": "a null shape inside a tensor handle that has dimensions",
    "padding": "bytes of a slot that mean nothing hold something",
    "pointee": "a handle to something else of the same code: undetectable by design",
    "layout": "the size, alignment or member offset of a type that crosses",
}
"""Every mismatch class with what differs, and `match` and `layout`, which name cases without a mismatch."""


class Standing(NamedTuple):
    """What a class's cases are held to.

    `always`: every one must get the verdict that is predicted. `claimable`: a subject may promise to detect them, and
    is held to it if it does. `blind`: codes cannot tell them, so that they are listed with counts, apart from the rest.
    `counted`: unless a subject claims them, whatever they come to conforms.
    """

    always: bool = False
    claimable: bool = False
    blind: bool = False
    counted: bool = False


_ALWAYS, _DETECTED = Standing(always=True), Standing(claimable=True)
_BLIND = Standing(claimable=True, blind=True, counted=True)

STANDINGS: dict[str, Standing] = dict.fromkeys(CLASSES, _DETECTED) | {
    "match": _ALWAYS,
    "coerce": _ALWAYS,
    "layout": _ALWAYS,
    "ret-error": _ALWAYS,
    # No code tells them, but what arrives is what the rules' policy on ranges says.
    "width": Standing(always=True, claimable=True, blind=True),
    "sign": Standing(always=True, claimable=True, blind=True),
    "swap": _BLIND,
    "lying-code": _BLIND,
    "padding": _BLIND,
    "pointee": _BLIND,
    "null-ret": Standing(claimable=True, counted=True),
    "ret-status": Standing(claimable=True, counted=True),
}
"""Every mismatch class with what its cases are held to; the only place that says it (oracle/judge.py judges by it)."""

BLIND_SPOTS = tuple(cls for cls, standing in STANDINGS.items() if standing.blind)
"""Classes outside X0's promise, listed with counts."""

INTERPOSED = ("interposed", "interposed-reversed")
"""The modes in which the code of one side may take the place of the other's: loaded for all, in either order."""

MODES = ("plain", "after", "nested", "concurrent", "own-error", "released", *INTERPOSED)
"""How a case is driven: alone; followed by a matched call; inside one; beside one; beside another thread's; followed by
others when what an argument led to is overwritten and unmapped."""


@dataclass(frozen=True)
class Mismatch:
    """What differs: its class, the argument (None for counts, nulls and returns) and both sides as text."""

    cls: str
    index: int | None = None
    declared: str = ""
    passed: str = ""

    @property
    def tail(self) -> str:
        """The last part of a case key."""
        if self.cls in ("few", "many"):
            return f"{self.declared}<-{self.passed}"
        if self.cls in ("ret-type", "ret-none"):
            return f"{self.declared}<-{self.passed}@ret"
        if self.cls in ("ret-error", "ret-status"):
            return f"{self.declared}+{self.passed}@ret"
        if self.cls == "swap":
            return f"@{self.declared}+{self.passed}"
        if self.cls.startswith("null-"):
            return f"{self.cls[5:]}=null"
        if self.cls == "layout":
            return self.declared
        if self.index is None:
            return f"{self.declared}<-{self.passed}@ret" if self.declared else "match"
        return f"{self.declared}<-{self.passed}@{self.index}"


MATCH = Mismatch("match")


@dataclass(frozen=True)
class Mutations:
    """What is changed between packing and calling: codes by argument, the count, arrays that are null.

    `padding` is what lies in bytes that mean nothing, by argument, where a convention has them. `preset` is the code
    that the result slot has before the call, None for the usual one. `handed` is the status that a caller is handed,
    with kind and message of the error raised or two empty texts: then the call is the caller's side, and the code at
    `RESULT` that of the result slot, which is empty if the case has no result. With `by_packer` the call is a front
    end's, and what it left on the wire is looked at by a callee that is no runtime's.
    """

    codes: tuple[tuple[int, int], ...] = ()
    count: int | None = None
    nulls: tuple[str, ...] = ()
    padding: tuple[tuple[int, int], ...] = ()
    preset: int | None = None
    handed: tuple[int, str, str] | None = None
    by_packer: bool = False


RESULT = -1
"""In place of an argument's index: the result slot."""

NO_MUTATIONS = Mutations()


@dataclass(frozen=True)
class Case:
    """One call. `payload` has one value a passed argument, `result` is what the body returns.

    `second` is the payload of the other call in the modes that make several, `calls` in all: nested, all but the
    innermost have `payload`; concurrent, both come in turns. `release` says that the callee's checks are
    compiled out. `against` is the other pair, where a check compares two. `history` are the calls made before in the
    same process, where the verdict depends on them; `times` says how often in a row such a call is made. `runtime` is
    the version of the subject that runs, where the sides are built against chosen ones, which their ids name. `generic`
    says that stubs made it which read their signatures from a table, and not ones compiled for them. `expectation` is
    what must come of it, as the oracle tells it to those who only compare (model/expectation.py); None for a case that
    is no finding's. Neither of the last two is a part of what a case is.
    """

    check: str
    convention: str
    caller: str
    callee: str
    passed: Signature
    declared: Signature
    mismatch: Mismatch
    payload: tuple[Value, ...]
    result: Value = NO_VALUE
    wire: Mutations = NO_MUTATIONS
    mode: str = "plain"
    second: tuple[Value, ...] = ()
    release: bool = False
    follow_pointers: bool = False
    against: tuple[str, str] | None = None
    history: tuple[Case, ...] = field(default=())
    times: int = 1
    calls: int = 2
    generic: bool = field(default=False, compare=False)
    runtime: str = ""
    expectation: Mapping[str, Any] | None = field(default=None, compare=False)

    def __hash__(self) -> int:
        # The calls before it can be hundreds, so only their number counts here; equality looks at each.
        what = self.check, self.passed, self.declared, self.mismatch, self.payload, self.wire, self.mode
        return hash((*what, self.times, self.calls, len(self.history)))

    @property
    def key(self) -> str:
        """The kind of case: `class::convention::caller>callee::tail`. Not unique."""
        return f"{self.mismatch.cls}::{self.convention}::{self.caller}>{self.callee}::{self.mismatch.tail}"

    def failed_key(self, match_place: str) -> str:
        """The key of the case when it does not conform: a matched call's tells where it went wrong, and in which mode.

        `match_place` is `@call` (died, hung, rejected naming no argument, a wrong count arrived), `(K)@N` (rejected
        naming argument N of kind K, its page touched, or the first to arrive wrong), `(K)@ret`, `@arrays`, `@handle`,
        `@state`, or empty where that is not known. A key that tells what the call varied, such as `handle<-code(7)@0`,
        stays as it is where that argument goes wrong, or no argument does; where another one does, what was varied does
        not matter.
        """
        if self.mismatch.tail != MATCH.tail and not self._goes_wrong_elsewhere(match_place):
            return self.key
        mode = "" if self.mode == "plain" else f"+{self.mode}"
        plain = f"{MATCH.cls}::{self.convention}::{self.caller}>{self.callee}::{MATCH.tail}"
        return f"{plain}{match_place}{mode}{'+released' if self.release else ''}"

    def _goes_wrong_elsewhere(self, match_place: str) -> bool:
        """Whether a matched call that varied an argument or the return goes wrong at another argument."""
        _, _, at = match_place.rpartition("@")
        return self.mismatch.cls == MATCH.cls and at.isdecimal() and self.mismatch.index != int(at)

    @property
    def id(self) -> str:
        """A short hash of the canonical JSON."""
        return id_of(self.to_json())

    @property
    def own_kinds(self) -> tuple[str, ...]:
        """The kinds of the case that only its subject has."""
        sides = (self.passed, self.declared)
        kinds = {param.kind for side in sides for param in side.params} | {side.ret for side in sides}
        kinds |= {value.kind for value in (*self.payload, self.result, *self.second)}
        return tuple(sorted(kind for kind in kinds if kind not in KINDS and kind != NONE))

    @property
    def is_exchange(self) -> bool:
        """Whether nothing is called, but something made on one side and used on the other: `KIND.OP` is its kind."""
        return len(self.payload) == 1 and "." in self.payload[0].kind

    @property
    def calls_before(self) -> int:
        """How many calls the history makes."""
        return sum(earlier.times for earlier in self.history)

    @property
    def in_order(self) -> tuple[Case, ...]:
        """Every call that is made, one by one: those of the history, and the case itself."""
        return (*(earlier for earlier in self.history for _ in range(earlier.times)), self)

    def to_json(self) -> dict[str, Any]:
        """The replay: stable over versions (`abi-conformance/case/1`)."""
        return {
            "schema": CASE_SCHEMA,
            "check": self.check,
            "convention": self.convention,
            "pair": [self.caller, self.callee],
            "passed": str(self.passed),
            "declared": str(self.declared),
            "mismatch": {
                "class": self.mismatch.cls,
                "index": self.mismatch.index,
                "declared": self.mismatch.declared,
                "passed": self.mismatch.passed,
            },
            "payload": [value.to_json() for value in self.payload],
            "result": self.result.to_json(),
            "wire": {
                "codes": [list(pair) for pair in self.wire.codes],
                "count": self.wire.count,
                "nulls": list(self.wire.nulls),
                **({"padding": [list(pair) for pair in self.wire.padding]} if self.wire.padding else {}),
                **({"preset": self.wire.preset} if self.wire.preset is not None else {}),
                **({"handed": list(self.wire.handed)} if self.wire.handed else {}),
                **({"by_packer": True} if self.wire.by_packer else {}),
            },
            "mode": self.mode,
            "second": [value.to_json() for value in self.second],
            "release": self.release,
            "follow_pointers": self.follow_pointers,
            "against": list(self.against) if self.against else None,
            "history": [case.to_json() for case in self.history],
            **({"calls": self.calls} if self.calls != 2 else {}),
            **({"runtime": self.runtime} if self.runtime else {}),
            **({"times": self.times} if self.times != 1 else {}),
            **({"own_kinds": list(self.own_kinds)} if self.own_kinds else {}),
            **({"stubs": "generic"} if self.generic else {}),
            **({"expectation": self.expectation} if self.expectation is not None else {}),
        }

    @staticmethod
    def from_json(raw: dict[str, Any]) -> Case:
        """The inverse of `to_json`. Raises ValueError, KeyError or TypeError for anything else."""
        if raw.get("schema") != CASE_SCHEMA:
            raise ValueError(f"the schema is {raw.get('schema')!r}; a case has {CASE_SCHEMA!r}")
        wire, mismatch = raw["wire"], raw["mismatch"]
        if mismatch["class"] not in CLASSES:
            raise ValueError(f"'{mismatch['class']}' is no mismatch class; see 'abi-conformance explain'")
        if raw["mode"] not in MODES or raw["convention"] not in CONVENTIONS:
            raise ValueError(f"no such mode or convention: {raw['mode']!r}, {raw['convention']!r}")
        own = {*raw.get("own_kinds", ()), *(("null",) if wire.get("handed") else ())}  # a callee may hand over anything
        case = Case(
            check=str(raw["check"]),
            convention=raw["convention"],
            caller=str(raw["pair"][0]),
            callee=str(raw["pair"][1]),
            passed=parse_signature(raw["passed"], own),
            declared=parse_signature(raw["declared"], own),
            mismatch=Mismatch(mismatch["class"], mismatch["index"], mismatch["declared"], mismatch["passed"]),
            payload=tuple(Value.from_json(value, own) for value in raw["payload"]),
            result=Value.from_json(raw["result"], own),
            wire=Mutations(
                tuple((int(at), int(code)) for at, code in wire["codes"]),
                wire["count"],
                tuple(wire["nulls"]),
                tuple((int(at), int(word)) for at, word in wire.get("padding", ())),
                None if wire.get("preset") is None else int(wire["preset"]),
                _handed(wire.get("handed")),
                bool(wire.get("by_packer", False)),
            ),
            mode=raw["mode"],
            second=tuple(Value.from_json(value, own) for value in raw["second"]),
            release=bool(raw["release"]),
            follow_pointers=bool(raw["follow_pointers"]),
            against=(str(raw["against"][0]), str(raw["against"][1])) if raw.get("against") else None,
            history=tuple(Case.from_json(item) for item in raw["history"]),
            times=int(raw.get("times", 1)),
            calls=int(raw.get("calls", 2)),
            generic=raw.get("stubs") == "generic",
            runtime=str(raw.get("runtime", "")),
            expectation=raw.get("expectation"),
        )
        if len(case.payload) != len(case.passed):
            raise ValueError(f"the payload has {len(case.payload)} values, the passed signature {len(case.passed)}")
        return case


def canonical(raw: Mapping[str, Any]) -> str:
    """The canonical text of a case's JSON."""
    return json.dumps(raw, sort_keys=True, separators=(",", ":"))


def id_of(raw: Mapping[str, Any]) -> str:
    """The id of a case by its JSON, a short hash of the canonical text without expectation and form of stubs."""
    text = canonical({key: value for key, value in raw.items() if key not in ("expectation", "stubs")})
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def often(case: Case) -> str:
    """How often a call of a history is made, as words behind its key; nothing where it is once."""
    return f", {case.times} times" if case.times != 1 else ""


def _handed(raw: Any) -> tuple[int, str, str] | None:
    if raw is None:
        return None
    status, kind, message = raw
    return int(status), str(kind), str(message)
