"""Without what the extra brings the command is one sentence."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.model import extras


def test_what_is_not_installed_is_told_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["campaign", str(tmp_path / "plan.toml")]) == 4
    assert capsys.readouterr().err == f"ERROR: this needs distributed and fsspec; {extras.CAMPAIGN}\n"
