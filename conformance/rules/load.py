"""Reads a rules table from its TOML text, and names what is wrong with it in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from conformance.model.case import CLASSES
from conformance.model.documents import parse_toml, read_text
from conformance.model.kinds import DECLARABLE, KINDS, NONE
from conformance.model.schema import problem
from conformance.rules.coercions import becomes
from conformance.rules.custom import CustomKind, read_custom_kind
from conformance.rules.errors import RulesError
from conformance.rules.packing import default_packs_as, read_packs_as
from conformance.rules.policy import read_policy
from conformance.rules.table import DEFAULT_CLAIMS, Decision, Rules

__all__ = ["Decision", "Rules", "load", "names", "parse"]


def names() -> list[str]:
    """The named tables that ship with the package."""
    folder = resources.files("conformance.rules")
    return sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".toml"))


def load(name_or_path: str, base: Path | None = None) -> Rules:
    """A named table, or the TOML file at a path relative to `base`. Raises RulesError."""
    if name_or_path in names():
        resource = resources.files("conformance.rules") / f"{name_or_path}.toml"
        file = f"{name_or_path}.toml"
        return _read(parse_toml(resource.read_text("utf-8"), file, RulesError), file, name_or_path)
    path = (base or Path()) / name_or_path
    if not path.is_file():
        raise RulesError(
            f"rules = '{name_or_path}' is neither a named table ({', '.join(names())}) nor a file; looked for {path}"
        )
    return parse(read_text(path, RulesError, "name a text file"), str(path), path.stem)


def parse(text: str, where: str, name: str) -> Rules:
    """A table from its TOML text; `where` is the file for messages. Raises RulesError."""
    raw = parse_toml(text, where, RulesError)
    wrong = problem(raw, "rules")
    if wrong:
        raise RulesError(f"{where}: {wrong}")
    return _read(raw, where, name)


def _read(raw: dict[str, Any], where: str, name: str) -> Rules:
    """A table whose shape is known to be right."""
    codes = _codes(raw["codes"], where)
    custom = {
        kind: read_custom_kind(kind, row, codes, f"{where}: [kinds.{kind}]")
        for kind, row in raw.get("kinds", {}).items()
    }
    accept = {kind: _row(row, codes, f"{where}: [accept.{kind}]") for kind, row in raw.get("accept", {}).items()}
    returns = {kind: _row(row, codes, f"{where}: [return.{kind}]") for kind, row in raw.get("return", {}).items()}
    _check_kinds(accept, returns, custom, where)
    table = raw.get("table", {})
    rules = Rules(
        name=str(table.get("name", name)),
        codes=codes,
        packs_as=_packs_as(raw, codes, accept, where),
        accept=accept,
        returns=returns,
        coerce_as={kind: dict(row.get("coerce_as", {})) for kind, row in raw["accept"].items()},
        coerce_returns_as={kind: dict(row.get("coerce_as", {})) for kind, row in raw.get("return", {}).items()},
        **{f"slot_{key}": value for key, value in raw.get("slot", {}).items()},
        **read_policy(raw.get("policy", {}), where),
        claims=checked_claims(table.get("claims", DEFAULT_CLAIMS), f"{where}: [table] claims"),
        rejects_null=tuple(k for k, row in raw["accept"].items() if row.get("null_pointer") == "reject"),
        sources={kind: str(row.get("source", "")) for kind, row in raw["accept"].items()},
        custom_kinds=custom,
    )
    _check_rows(rules, where)
    return rules


def _check_rows(rules: Rules, where: str) -> None:
    """Raises RulesError for a kind that is not taken under its own code, and for what cannot be done with a kind."""
    for table, rows in (("accept", rules.accept), ("return", rules.returns)):
        for kind, row in rows.items():
            name = rules.packs_as.get(kind)
            if name is not None and name not in row:
                raise RulesError(
                    f"{where}: [{table}.{kind}] lacks '{name}', under which {kind} travels; add it to exact, or name "
                    "another code in [packs_as]"
                )
    for table, conversions in (("accept", rules.coerce_as), ("return", rules.coerce_returns_as)):
        for kind, ways in conversions.items():
            for name, how in ways.items():
                if not becomes(kind, how):
                    raise RulesError(
                        f"{where}: [{table}.{kind}] coerce_as {name} = '{how}': nothing becomes {kind} in this way; "
                        "name another, or 'unknown'"
                    )
    for kind in rules.rejects_null:
        if kind in KINDS and not KINDS[kind].is_pointer:
            raise RulesError(f"{where}: [accept.{kind}] null_pointer: {kind} is no pointer; drop the key")


def _check_kinds(
    accept: Mapping[str, object], returns: Mapping[str, object], custom_kinds: Mapping[str, CustomKind], where: str
) -> None:
    known = (*DECLARABLE, *custom_kinds)
    for kind in accept:
        if kind not in known:
            raise RulesError(f"{where}: [accept.{kind}]: '{kind}' is no kind; there are {', '.join(known)}")
    for kind in returns:
        if kind not in (*known, NONE):
            raise RulesError(f"{where}: [return.{kind}]: '{kind}' is no kind; there are {', '.join(known)} and none")
    for custom in custom_kinds.values():
        like = [custom.like] if custom.like else []
        for name in (*custom.sees.values(), *custom.refuses, *custom.converts, *like):
            if name not in KINDS and name not in custom_kinds:
                raise RulesError(f"{where}: [kinds.{custom.name}] names '{name}', which is no kind")
    if not accept:
        raise RulesError(f"{where}: has no [accept.KIND] table; add one for each kind that a callee may declare")


def _packs_as(
    raw: Mapping[str, Any], codes: Mapping[str, int], accept: Mapping[str, object], where: str
) -> dict[str, str]:
    declared = [kind for kind in DECLARABLE if kind in accept]
    if "packs_as" in raw:
        return read_packs_as(raw["packs_as"], codes, declared, where)
    return default_packs_as(codes, declared, where)


def _codes(raw: dict[str, int], where: str) -> dict[str, int]:
    twice = [name for name in raw if list(raw.values()).count(raw[name]) > 1]
    if twice:
        raise RulesError(f"{where}: [codes] {' and '.join(twice)} have the same number; every code needs its own")
    return dict(raw)


def _row(raw: Mapping[str, Any], codes: Mapping[str, int], where: str) -> dict[str, Decision]:
    row: dict[str, Decision] = {}
    decisions: tuple[Decision, ...] = ("exact", "coerce")
    for decision in decisions:
        for name in raw.get(decision, []):
            if name not in codes:
                raise RulesError(f"{where} {decision}: '{name}' is not in [codes]; there are {', '.join(codes)}")
            if row.setdefault(name, decision) != decision:
                raise RulesError(f"{where}: '{name}' is in exact and in coerce; keep it in one of them")
    for name in raw.get("coerce_as", {}):
        if row.get(name) != "coerce":
            raise RulesError(
                f"{where} coerce_as: '{name}' is not among the codes in coerce; add it there or drop it here"
            )
    return row


def checked_claims(raw: Sequence[str], where: str) -> tuple[str, ...]:
    """Classes that are promised to be detected; `where` is the key for messages. Raises RulesError."""
    for cls in raw:
        if cls not in CLASSES or cls in ("match", "layout"):
            raise RulesError(f"{where}: '{cls}' is no mismatch class; 'abi-conformance explain' lists them")
    return tuple(raw)
