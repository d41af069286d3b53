"""Templates are kept compiled beside the objects, and do without where nothing can be kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.codegen.stubs import environment

TEMPLATE = "reproducer/Makefile.j2"


@pytest.fixture(autouse=True)
def its_own() -> Iterator[None]:
    environment.cache_clear()
    yield
    environment.cache_clear()


def test_a_template_is_kept_and_a_broken_one_is_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABI_CONFORMANCE_CACHE", str(tmp_path))
    environment().get_template(TEMPLATE)
    (kept,) = (tmp_path / "templates").iterdir()
    kept.write_bytes(b"no template")
    environment.cache_clear()
    environment().get_template(TEMPLATE)
    assert kept.read_bytes() != b"no template"


@pytest.mark.parametrize("place", ["/proc/nothing", __file__])
def test_nothing_is_kept_where_nothing_can_be(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABI_CONFORMANCE_CACHE", place)
    assert environment().get_template(TEMPLATE).name == TEMPLATE
