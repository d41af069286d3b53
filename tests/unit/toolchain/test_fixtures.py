"""Finding the C files in a checkout and in a wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.toolchain import ToolchainError, fixtures

if TYPE_CHECKING:
    from pathlib import Path


def test_the_fixtures_of_this_installation_are_found() -> None:
    assert (fixtures.root() / "include").is_dir()
    assert fixtures.embedded_include() == fixtures.root() / "include" / "embedded"


@pytest.mark.parametrize("where", ["conformance/_c_fixtures", "c_fixtures"])
def test_both_layouts_are_known(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conformance").mkdir()
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path / "conformance")
    with pytest.raises(ToolchainError, match="reinstall"):
        fixtures.root.__wrapped__()
    (tmp_path / where / "include").mkdir(parents=True)
    assert fixtures.root.__wrapped__() == tmp_path / where
