"""What is compiled for a pair of sides, and what is only linked again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.engine.libraries import Libraries, Pair
from conformance.model.signature import parse_signature
from conformance.subjects.manifest import load_subject
from conformance.toolchain.build import Toolchain
from conformance.toolchain.cache import Cache
from conformance.toolchain.compilers import resolve
from conformance.transport.compiled.client import Worker

SIGNATURES = (parse_signature("(i32, f64) -> i64"), parse_signature("() -> none"))


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker() as made:
        yield made


@pytest.mark.compiler("gcc")
def test_a_callers_unit_is_compiled_once_for_all_callees(tmp_path: Path, worker: Worker) -> None:
    gcc, tcc = resolve("gcc"), resolve("tcc")
    toolchain = Toolchain(Cache(tmp_path), worker)
    libraries = Libraries(load_subject("reference"), toolchain, tcc)
    sides = [libraries.sides(Pair(gcc, callee), SIGNATURES) for callee in (tcc, gcc)]
    assert sides[0][0] != sides[1][0], "each is linked to the runtime of its callee"
    assert len(list(tmp_path.rglob("callers-*.o"))) == 1
    before = toolchain.starts
    assert [libraries.sides(Pair(gcc, callee), SIGNATURES) for callee in (tcc, gcc)] == sides
    assert toolchain.starts == before


@pytest.mark.compiler("gcc")
def test_what_optimises_across_units_is_linked_with_its_own_flags(tmp_path: Path, worker: Worker) -> None:
    lto = resolve("gcc:-O2 -flto")
    libraries = Libraries(load_subject("reference"), Toolchain(Cache(tmp_path), worker), resolve("tcc"))
    assert all(path.suffix == ".so" for path in libraries.sides(Pair(lto, lto), SIGNATURES))


def test_generic_sides_tell_the_layouts_of_kinds(tmp_path: Path, worker: Worker) -> None:
    tcc = resolve("tcc")
    libraries = Libraries(load_subject("reference"), Toolchain(Cache(tmp_path), worker), tcc)
    due = [value for _, _, value in libraries.layout_names()]
    for path in libraries.generic(Pair(tcc, tcc)):
        assert list(worker.layout(path)[: len(due)]) == due
    for path in libraries.sides(Pair(tcc, tcc), SIGNATURES):
        assert len(worker.layout(path)) < len(due)
