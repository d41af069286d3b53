"""Bodies read the elements of a tensor wherever its strides and offset put them, where [policy] says that they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.engine.session import prepare
from conformance.model.options import RunOptions
from tests.e2e.variants import VARIANTS
from tests.unit.findings import made

pytestmark = pytest.mark.compiler("tcc")

WITH_ELEMENTS = (
    "tensor", "tensor(u8,scalar)", "tensor(f64,scalar,offset=64)", "tensor(f32x4,2x3)", "tensor(u8,7,strides=2)",
    "tensor(i16,2x3,strides=1x2)", "tensor(i64,2x2,strides=0x3)", "tensor(i32,4,strides=-1)",
    "tensor(u16,3x2,strides=-2x0,offset=3)", "tensor(i4,8)", "tensor(u8,32768)", "tensor(u8,1,offset=32767)",
    "tensor(f16,1x3,strides=9223372036854775807x1)",
)  # fmt: skip
WITHOUT = (
    "tensor(f32,0)", "tensor(f32,2x0x1099511627776)", "tensor(u8,32769)", "tensor(u8,1,offset=32768)",
    "tensor(f64,4294967296x4294967296)", "tensor(u8,2,strides=9223372036854775807)", "tensor(u8,65536,strides=0)",
    "tensor(u8,2,offset=9223372036854775808)",
)  # fmt: skip


@pytest.mark.parametrize("broken", [False, True])
def test_a_last_element_that_is_cleared_is_seen_and_where_there_is_none_nothing_is_read(
    tmp_path: Path, broken: bool
) -> None:
    manifest = VARIANTS["reads-elements"].write(tmp_path / "variant", broken=broken)
    session = prepare(RunOptions(subject=str(manifest), pairs=(("tcc", "tcc"),)))
    try:
        for tensor in (*WITH_ELEMENTS, *WITHOUT):
            for convention in ("packed", "unpacked"):
                signature = f"({tensor}) -> none"
                case = made.case("X0-MATCH", signature, signature, convention=convention, follow_pointers=True)
                judgement = session.judge(case)
                lost = broken and convention == "packed" and tensor in WITH_ELEMENTS
                assert judgement is not None
                assert judgement.verdict == ("unpredicted" if lost else "intact"), (tensor, convention)
    finally:
        session.close()
