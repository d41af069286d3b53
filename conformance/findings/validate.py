"""A case read from JSON, with all checked that would keep it from being run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.checks import CHECKS
from conformance.direct.kinds import is_known
from conformance.direct.values import width_of
from conformance.findings.record import AGAIN, FindingError
from conformance.model.case import RESULT, Case
from conformance.model.kinds import KINDS, NONE
from conformance.model.schema import problem
from conformance.model.signature import MAX_ARGS, Signature
from conformance.model.value import NO_VALUE, Value

MOST_WIDTH = 8
"""Bytes of a value of a kind that only one runtime has: what a slot holds."""


def case_of(raw: Any, path: Path, key: str) -> Case:
    """The case that JSON holds; `key` says where in the file. Raises FindingError."""
    where = f"{path}: {key}: " if key else f"{path}: "
    try:
        wrong = problem(raw, "case")
        if not wrong:
            case = Case.from_json(raw)
            wrong = _wrong_history(case.history) or _wrong(case) or ""
    except RecursionError as error:
        raise FindingError(f"{where}history is nested too deeply; {AGAIN}") from error
    except ValueError as error:
        raise FindingError(f"{where}is no case: {error}; {AGAIN}") from error
    if wrong:
        raise FindingError(f"{where}{wrong}; {AGAIN}")
    return case


def _wrong_history(history: tuple[Case, ...]) -> str | None:
    for at, case in enumerate(history):
        wrong = "has a history of its own" if case.history else _wrong(case)
        if wrong is not None:
            return f"history[{at}]: {wrong}"
    return None


def _wrong(case: Case) -> str | None:
    """What keeps a case that parses from being run, as `key ...`; None where nothing does."""
    if case.check not in CHECKS:
        return f"check is '{case.check}'; it is one of {', '.join(CHECKS)}"
    for name, signature in (("passed", case.passed), ("declared", case.declared)):
        if len(signature) > MAX_ARGS:
            return f"{name} has {len(signature)} arguments; there may be {MAX_ARGS}"
    if any(param.kind == "null" for param in case.declared.params) and not case.wire.by_packer:
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
    if kind not in KINDS and is_known(kind):
        width = width_of(kind)
    else:
        width = KINDS[kind].width if kind in KINDS else MOST_WIDTH
    if kind != NONE and not 0 <= value.bits < 1 << 8 * width:
        return f"has bits {value.bits:#x}, which do not fit a {kind}"
    return None


def _wrong_wire(case: Case) -> str | None:
    codes, count = case.wire.codes, case.wire.count
    if case.wire.by_packer and (case.passed != case.declared or codes or count is not None):
        return "wire.by_packer is a matched call, whose declared is what is passed"
    if RESULT in dict(codes) and case.wire.handed is None and (case.convention != "packed" or len(codes) > 1):
        return f"wire.codes names the result ({RESULT}), which goes alone, and in a packed call"
    for at, _ in codes:
        if at != RESULT and not 0 <= at < len(case.passed):
            return f"wire.codes names argument {at} where {len(case.passed)} are passed"
    if count == len(case.declared) != len(case.passed):
        return f"wire.count is {count}, and {len(case.passed)} are passed"
    return None


def _wrong_mismatch(case: Case) -> str | None:
    index = case.mismatch.index
    if case.mismatch.cls == "swap" and not (case.mismatch.declared + case.mismatch.passed).isdecimal():
        return "mismatch of a swap must name two arguments by their numbers"
    if index is not None and not 0 <= index < max(len(case.passed), len(case.declared)):
        return f"mismatch.index is {index}, and there is no such argument"
    if case.convention == "direct" and case.passed != case.declared and case.mismatch.cls != "padding":
        return "convention is direct, which can only be called as it is declared"
    return None
