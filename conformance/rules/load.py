"""Reads a rules table: which codes there are, and what each declared kind does with each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from conformance.model.case import CLASSES
from conformance.model.kinds import DECLARABLE, KINDS, NONE
from conformance.rules.own import OwnKind, RulesError, read

Decision = Literal["exact", "coerce", "reject"]

_POLICIES: dict[str, tuple[str, ...]] = {
    "range": ("truncate", "reject"),
    "order": ("first", "any"),
    "after_success": ("empty", "kept"),
    "resource_handle": ("passed", "null"),
}

_PARTS = ("table", "codes", "kinds", "accept", "return", "policy")

_DEFAULT_CLAIMS = (
    "type", "few", "many", "unknown-code", "null-args", "null-codes", "ret-type", "ret-none",
    *(f"tensor-{part}" for part in ("dtype", "lanes", "ndim", "shape", "strides", "offset", "device", "data")),
)  # fmt: skip


NOTHING = 4
"""The code of a return of nothing where a table has no `null`: TVM's kTVMNullptr (c_runtime_api.h)."""


@dataclass(frozen=True, eq=False)
class Rules:
    """A subject's acceptance table.

    `accept` and `returns` are {declared kind: {code name: "exact" or "coerce"}}. `range_by_kind` overrides `range`.
    `null_pointer` are the declared kinds that reject a null pointer under an accepted code. `sources` says for each
    row where it was read.
    """

    name: str
    codes: Mapping[str, int]
    accept: Mapping[str, Mapping[str, Decision]]
    returns: Mapping[str, Mapping[str, Decision]]
    range: str = "truncate"
    order: str = "first"
    after_success: str = "empty"
    error_names: tuple[str, ...] = ("index",)
    resource_handle: str = "passed"
    claims: tuple[str, ...] = _DEFAULT_CLAIMS
    range_by_kind: Mapping[str, str] = field(default_factory=dict)
    rejects_null: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, OwnKind] = field(default_factory=dict)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that a callee can declare under this table, without the runtime's own."""
        return tuple(kind for kind in DECLARABLE if kind in self.accept)

    @cached_property
    def passable(self) -> tuple[str, ...]:
        """The kinds that a caller can pass: the declared ones, and null where it has a code."""
        return self.kinds + (("null",) if "null" in self.codes else ())

    @cached_property
    def own_declarable(self) -> tuple[str, ...]:
        """The runtime's own kinds that a callee can declare."""
        return tuple(kind for kind in self.own if kind in self.accept)

    def code_name(self, kind: str) -> str:
        """The name of the code that a kind packs as."""
        if kind in self.own:
            return self.own[kind].code
        if kind == "bool" and "bool" in self.codes:
            return "bool"
        if kind == NONE:
            return "null"
        if KINDS[kind].is_integer or kind == "bool":
            return "int"
        return "float" if KINDS[kind].family == "float" else kind

    def code(self, kind: str) -> int:
        """The code that a kind packs as."""
        return self._codes_of_kinds[kind]

    @cached_property
    def _codes_of_kinds(self) -> dict[str, int]:
        kinds = [kind for kind in KINDS if self.code_name(kind) in self.codes]
        own = {kind: self.codes[self.code_name(kind)] for kind in (*kinds, *self.own)}
        return own | {NONE: self.codes.get("null", NOTHING)}

    def names_of(self, code: int) -> str:
        """The name of a code, or its number where the table has none."""
        return next((name for name, number in self.codes.items() if number == code), str(code))

    @cached_property
    def _decisions(self) -> dict[str, dict[int, Decision]]:
        return {kind: {self.codes[n]: d for n, d in row.items()} for kind, row in self.accept.items()}

    @cached_property
    def _take_decisions(self) -> dict[str, dict[int, Decision]]:
        own: dict[str, dict[int, Decision]] = {kind: {self.code(kind): "exact"} for kind in (*self.kinds, NONE)}
        own.update({kind: {self.code(kind): "exact"} for kind in self.own_declarable})
        own.update({kind: {self.codes[n]: d for n, d in row.items()} for kind, row in self.returns.items()})
        return own

    def decide(self, declared: str, code: int) -> Decision:
        """What a callee that declares `declared` must do with an argument under `code`."""
        return self._decisions[declared].get(code, "reject")

    def decide_return(self, taken: str, code: int) -> Decision:
        """What a caller that takes `taken` must do with a return under `code`."""
        return self._take_decisions[taken].get(code, "reject")

    def range_of(self, declared: str) -> str:
        """What happens to an integer outside the declared width: "truncate" or "reject"."""
        return self.range_by_kind.get(declared, self.range)

    @cached_property
    def codes_without_kind(self) -> tuple[int, ...]:
        """Codes of the table that no kind here packs as, in order."""
        used = {self.code(kind) for kind in (*self.passable, *self.own)}
        return tuple(sorted(code for code in self.codes.values() if code not in used))

    @cached_property
    def unknown_codes(self) -> tuple[int, ...]:
        """Codes outside the table: negative, huge, just past it, and any table code modulo 2^8 and 2^16."""
        known = set(self.codes.values())
        past = max(known) + 1
        folded = [code + step for code in sorted(known) for step in (2**8, 2**16)]
        extreme = [-1, -(2**31), 2**31 - 1, 2**16 - 1, past, past + 1, 64, 127, 255]
        return tuple(dict.fromkeys(code for code in (*extreme, *folded) if code not in known))


def names() -> list[str]:
    """The named tables that ship with the package."""
    folder = resources.files("conformance.rules")
    return sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".toml"))


def load(name_or_path: str, base: Path | None = None) -> Rules:
    """A named table, or the TOML file at a path relative to `base`. Raises RulesError."""
    if name_or_path in names():
        resource = resources.files("conformance.rules") / f"{name_or_path}.toml"
        return parse(resource.read_text("utf-8"), f"{name_or_path}.toml", name_or_path)
    path = (base or Path()) / name_or_path
    if not path.is_file():
        raise RulesError(
            f"rules = '{name_or_path}' is neither a named table ({', '.join(names())}) nor a file; looked for {path}"
        )
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{path}: cannot be read: {error}") from None
    return parse(text, str(path), path.stem)


def parse(text: str, where: str, name: str) -> Rules:
    """A table from its TOML text; `where` is the file for messages. Raises RulesError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulesError(f"{where}: is not valid TOML: {error}") from None
    unknown = sorted(set(raw) - set(_PARTS))
    if unknown:
        raise RulesError(f"{where}: [{unknown[0]}] is no part of a rules table; there are {', '.join(_PARTS)}")
    for part in _PARTS:
        if not isinstance(raw.get(part, {}), dict):
            raise RulesError(f"{where}: {part} must be a table, as in [{part}]")
    codes = _codes(raw.get("codes", {}), where)
    table = raw.get("table", {})
    own = {kind: read(kind, row, codes, f"{where}: [kinds.{kind}]") for kind, row in raw.get("kinds", {}).items()}
    accept = {kind: _row(row, codes, f"{where}: [accept.{kind}]") for kind, row in raw.get("accept", {}).items()}
    returns = {kind: _row(row, codes, f"{where}: [return.{kind}]") for kind, row in raw.get("return", {}).items()}
    for kind in accept:
        if kind not in (*DECLARABLE, *own):
            known = ", ".join((*DECLARABLE, *own))
            raise RulesError(f"{where}: [accept.{kind}]: '{kind}' is no kind; there are {known}")
    for kind in returns:
        if kind not in (*DECLARABLE, *own, NONE):
            known = ", ".join((*DECLARABLE, *own))
            raise RulesError(f"{where}: [return.{kind}]: '{kind}' is no kind; there are {known} and none")
    for one in own.values():
        for name in (*one.sees.values(), *one.refuses, *one.converts, *([one.like] if one.like else [])):
            if name not in KINDS and name not in own:
                raise RulesError(f"{where}: [kinds.{one.name}] names '{name}', which is no kind")
    if not accept:
        raise RulesError(f"{where}: has no [accept.KIND] table; add one for each kind that a callee may declare")
    rules = Rules(
        name=str(table.get("name", name)),
        codes=codes,
        accept=accept,
        returns=returns,
        **_policy(raw.get("policy", {}), where),
        claims=_claims(table.get("claims", list(_DEFAULT_CLAIMS)), f"{where}: [table] claims"),
        rejects_null=tuple(k for k, row in raw["accept"].items() if row.get("null_pointer") == "reject"),
        sources={kind: str(row.get("source", "")) for kind, row in raw["accept"].items()},
        own=own,
    )
    if "null" not in codes and NOTHING in codes.values():
        raise RulesError(f"{where}: [codes] has no 'null', the code of a return of nothing; add it")
    for kind in rules.kinds:
        if rules.code_name(kind) not in codes:
            raise RulesError(
                f"{where}: [codes] has no '{rules.code_name(kind)}', which kind {kind} of [accept.{kind}] packs as"
            )
    return rules


def _codes(raw: dict[str, Any], where: str) -> dict[str, int]:
    if not raw:
        raise RulesError(f"{where}: [codes] is missing or empty; add lines such as int = 0")
    for name, number in raw.items():
        if not isinstance(number, int) or isinstance(number, bool) or not -(2**31) <= number < 2**31:
            raise RulesError(f"{where}: [codes] {name} must be a 32-bit integer, not {number!r}")
    twice = [name for name in raw if list(raw.values()).count(raw[name]) > 1]
    if twice:
        raise RulesError(f"{where}: [codes] {' and '.join(twice)} have the same number; every code needs its own")
    return dict(raw)


def _row(raw: Any, codes: dict[str, int], where: str) -> dict[str, Decision]:
    if not isinstance(raw, dict):
        raise RulesError(f"{where} must be a table with exact = [...] and coerce = [...]")
    unknown = sorted(set(raw) - {"exact", "coerce", "source", "null_pointer", "note"})
    if unknown:
        raise RulesError(f"{where} has no key '{unknown[0]}'; there are exact, coerce, source, null_pointer, note")
    row: dict[str, Decision] = {}
    decisions: tuple[Decision, ...] = ("exact", "coerce")
    for decision in decisions:
        listed = raw.get(decision, [])
        if not isinstance(listed, list):
            raise RulesError(f"{where} {decision} must be a list of code names")
        for name in listed:
            if name not in codes:
                raise RulesError(f"{where} {decision}: '{name}' is not in [codes]; there are {', '.join(codes)}")
            row[name] = decision
    return row


def _claims(raw: Any, where: str) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise RulesError(f"{where} must be a list of mismatch classes")
    for cls in raw:
        if cls not in CLASSES or cls in ("match", "layout"):
            raise RulesError(f"{where}: '{cls}' is no mismatch class; 'abi-conformance explain' lists them")
    return tuple(raw)


def _policy(raw: dict[str, Any], where: str) -> dict[str, Any]:
    policy: dict[str, Any] = {}
    for key, value in raw.items():
        if key in _POLICIES:
            if value not in _POLICIES[key]:
                raise RulesError(f"{where}: [policy] {key} = {value!r}; it is {' or '.join(map(repr, _POLICIES[key]))}")
            policy[key] = value
        elif key == "error_names":
            if not isinstance(value, list) or not set(value) <= {"index", "expected", "received"}:
                raise RulesError(f"{where}: [policy] error_names is a list of 'index', 'expected', 'received'")
            policy[key] = tuple(value)
        elif key == "range_by_kind":
            if not isinstance(value, dict) or not set(value.values()) <= set(_POLICIES["range"]):
                raise RulesError(f"{where}: [policy.range_by_kind] gives each kind 'truncate' or 'reject'")
            policy[key] = dict(value)
        else:
            known = ", ".join((*_POLICIES, "error_names", "range_by_kind"))
            raise RulesError(f"{where}: [policy] has no key '{key}'; there are {known}")
    return policy
