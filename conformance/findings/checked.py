"""A case read from JSON, with all checked that would keep it from being run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.checks import CHECKS
from conformance.findings.stored import AGAIN, FindingError, what
from conformance.model.case import CASE_SCHEMA, RESULT, Case
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import MAX_ARGS, Signature
from conformance.model.value import NO_VALUE, Value

MOST_WIDTH = 8
"""Bytes of a value of a kind that only one runtime has: what a slot holds."""


def case_of(raw: Any, path: Path, key: str) -> Case:
    """The case that JSON holds; `key` says where in the file. Raises FindingError."""
    where = f"{path}: {key}: " if key else f"{path}: "
    if not isinstance(raw, dict):
        raise FindingError(f"{where}is {what(raw)}, not an object; {AGAIN}")
    if raw.get("schema") != CASE_SCHEMA:
        raise FindingError(f"{where}schema is {raw.get('schema')!r}; a case has '{CASE_SCHEMA}'")
    try:
        case = Case.from_json(raw)
    except KeyError as error:
        raise FindingError(f"{where}{error.args[0]} is missing; {AGAIN}") from error
    except RecursionError as error:
        raise FindingError(f"{where}history is nested too deeply; {AGAIN}") from error
    except (ValueError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise FindingError(f"{where}is no case: {error}; {AGAIN}") from error
    for at, (plain, one) in enumerate(zip((*raw["history"], raw), (*case.history, case), strict=True)):
        wrong = _wrong_types(plain) or _wrong(one)
        if at < len(case.history) and one.history:
            wrong = "has a history of its own"
        if wrong is not None:
            within = f"history[{at}]: " if at < len(case.history) else ""
            raise FindingError(f"{where}{within}{wrong}; {AGAIN}")
    return case


def _wrong(case: Case) -> str | None:
    """What keeps a case that parses from being run, as `key ...`; None where nothing does."""
    if case.check not in CHECKS:
        return f"check is '{case.check}'; it is one of {', '.join(CHECKS)}"
    for name, signature in (("passed", case.passed), ("declared", case.declared)):
        if len(signature) > MAX_ARGS:
            return f"{name} has {len(signature)} arguments; there may be {MAX_ARGS}"
    if any(param.kind == "null" for param in case.declared.params):
        return "declared holds null, which can be passed only"
    for name, values in (("payload", case.payload), ("second", case.second)):
        wrong = _wrong_values(values, case.passed)
        if wrong is not None and (values or name == "payload"):
            return f"{name} {wrong}"
    wrong = None if case.result == NO_VALUE else _wrong_value(case.result, case.declared.ret)
    if wrong is not None:
        return f"result {wrong}"
    return _wrong_wire(case) or _wrong_mismatch(case)


def _wrong_values(values: tuple[Value, ...], signature: Signature) -> str | None:
    if len(values) != len(signature):
        return f"has {len(values)} values, the passed signature {len(signature)}"
    for i, (value, param) in enumerate(zip(values, signature.params, strict=True)):
        wrong = _wrong_value(value, param.kind)
        if wrong is not None:
            return f"[{i}] {wrong}"
    return None


def _wrong_value(value: Value, kind: str) -> str | None:
    if value.kind != kind:
        return f"is of kind {value.kind} where the signature has {kind}"
    width = KINDS[kind].width if kind in KINDS else MOST_WIDTH
    if kind != NONE and not 0 <= value.bits < 1 << 8 * width:
        return f"has bits {value.bits:#x}, which do not fit a {kind}"
    return None


def _wrong_types(raw: dict[str, Any]) -> str | None:
    """What `Case.from_json` takes as it is, though it is of a wrong type."""
    mismatch, count = raw["mismatch"], raw["wire"]["count"]
    if count is not None and (not isinstance(count, int) or isinstance(count, bool)):
        return f"wire.count must be a number or null, not {what(count)}"
    index = mismatch["index"]
    if index is not None and (not isinstance(index, int) or isinstance(index, bool)):
        return f"mismatch.index must be a number or null, not {what(index)}"
    for key in ("declared", "passed"):
        if not isinstance(mismatch[key], str):
            return f"mismatch.{key} must be a text, not {what(mismatch[key])}"
    if raw["mismatch"]["class"] == "swap" and not (mismatch["declared"] + mismatch["passed"]).isdecimal():
        return "mismatch of a swap must name two arguments by their numbers"
    return None


def _wrong_wire(case: Case) -> str | None:
    codes, count = case.wire.codes, case.wire.count
    for number in [*(code for _, code in codes), *(() if count is None else (count,))]:
        if not -(2**31) <= number < 2**31:
            return f"wire has {number}, which does not fit an int"
    for at, _ in codes:
        if not (at == RESULT and case.wire.handed) and not 0 <= at < len(case.passed):
            return f"wire.codes names argument {at} where {len(case.passed)} are passed"
    if len(codes) > 2:
        return "wire.codes changes more than two codes"
    for name in case.wire.nulls:
        if name not in ("args", "codes", "ret"):
            return f"wire.nulls has {name!r}; there are args, codes and ret"
    if count == len(case.declared) != len(case.passed):
        return f"wire.count is {count}, and {len(case.passed)} are passed"
    return None


def _wrong_mismatch(case: Case) -> str | None:
    index = case.mismatch.index
    if index is not None and not 0 <= index < max(len(case.passed), len(case.declared)):
        return f"mismatch.index is {index}, and there is no such argument"
    if case.convention == "direct" and case.passed != case.declared:
        return "convention is direct, which can only be called as it is declared"
    return None
