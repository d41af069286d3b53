"""Writes a case of TVM's compiler as one Python file that needs nothing but TVM: exit status 1 where the bug shows.

Where what one release emits is run by another, the file makes the call with all of the one first, and then with both.
"""

from __future__ import annotations

import pprint
from collections.abc import Mapping
from typing import Any, NamedTuple

from conformance.model.case import Case
from conformance.model.expectation import ExpectedValue, expectations_of
from conformance.model.kinds import KINDS, NONE
from conformance.model.signature import Param, Signature
from conformance.model.value import NO_VALUE, Value
from conformance.rules.load import Rules
from conformance.subjects.tvm.emit import SAMPLE, dtype_name, element_offset, scalar_name
from conformance.subjects.tvm_ffi.records import payload
from conformance.toolchain.fixtures import root

_MARK = "CASE = {}"


_COMPARED = "SKEW"
"""The check whose cases are right with all of one release, which is shown first."""


class Releases(NamedTuple):
    """The releases of TVM that meet: what emits callees, what runs, and the tvm-ffi that each of both comes with."""

    emitted: str
    runtime: str
    tvm_ffi: Mapping[str, str]


def files(case: Case, target: str, rules: Rules, meet: Releases | None = None) -> dict[str, str]:
    """The file `reproduce.py`, which makes the one call of the case, between releases where they are given."""
    releases = None if meet is None else {**meet._asdict(), "compared": case.check == _COMPARED}
    return _written({"key": case.key, "target": target, "releases": releases, "loads": False, **_call(case, rules)})


def load_files(target: str, meet: Releases) -> dict[str, str]:
    """The file `reproduce.py`, which loads a function that needs of the runtime all that functions need."""
    return _written(
        {
            "key": f"what apache-tvm {meet.emitted} emits for target {target}, with the libraries of {meet.runtime}",
            "target": target,
            "releases": {**meet._asdict(), "compared": True},
            "loads": True,
            "release": False,
            "required": "find all that it needs",
            **_function(SAMPLE),
        }
    )


def _written(data: dict[str, Any]) -> dict[str, str]:
    text = (root() / "templates" / "tvm_reproduce.py").read_text("utf-8")
    assert _MARK in text
    told = pprint.pformat(data, width=100, sort_dicts=False)
    return {"reproduce.py": text.replace(_MARK, f"CASE = {told}")}


def _function(declared: Signature) -> dict[str, Any]:
    return {
        "parameters": [_parameter(param) for param in declared.params],
        "returns": None if declared.ret == NONE else scalar_name(declared.ret),
    }


def _call(case: Case, rules: Rules) -> dict[str, Any]:
    codes, padding = dict(case.wire.codes), dict(case.wire.padding)
    slots = [
        [codes.get(at, rules.code(value.kind)), padding.get(at, 0), _passed(value)]
        for at, value in enumerate(case.payload)
    ]
    due, _ = expectations_of(case)
    seen = zip(case.declared.params, due.arguments, strict=False)
    return {
        "release": case.release,
        **_function(case.declared),
        "slots": slots,
        "count": len(slots) if case.wire.count is None else case.wire.count,
        "null_args": "args" in case.wire.nulls,
        "required": due.required,
        "may_accept": due.may_be_accepted,
        "may_reject": due.may_be_rejected,
        "may_name": list(due.named),
        "error_index": due.error_index,
        "error_base": due.error_base,
        "must_see": [_word(param, value) for param, value in seen],
        "result": 0 if case.result == NO_VALUE else payload(case.result.kind, case.result.bits),
    }


def _parameter(param: Param) -> list[Any]:
    if param.tensor is None:
        return [scalar_name(param.kind)]
    spec = param.tensor
    return [dtype_name(spec.dtype), spec.shape, spec.strides, element_offset(spec)]


def _passed(value: Value) -> Any:
    """The 64 bits of a scalar, or the fields of a DLTensor."""
    if value.tensor is None:
        return 0 if value.guarded else payload(value.kind, value.bits)
    spec = value.tensor
    return {
        "no_data": value.no_data,
        "device": spec.device,
        "dtype": (spec.dtype.code, spec.dtype.bits, spec.dtype.lanes),
        "shape": spec.shape,
        "strides": spec.strides,
        "byte_offset": spec.byte_offset,
    }


def _word(param: Param, due: ExpectedValue) -> int | None:
    """What the witness must hold, None where that is an address or cannot be told."""
    return None if due.how != "bits" or KINDS[param.kind].is_pointer else payload(param.kind, int(due.bits, 16))
