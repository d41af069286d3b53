"""What the command lacks to begin, an extra, a store or an option that means something, is one sentence."""

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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), 'plan.toml: store is missing; add store = "FOLDER OR URL" there, or give --store'),
        (("--store", "s", "--scheduler", "tcp://a:1", "--workers", "1"), "leave it out beside --scheduler"),
        (("--store", "s", "--workers", "0"), "--workers 0: this is no whole number from 1 up"),
    ],
)
def test_what_an_option_lacks_is_one_sentence(
    tmp_path: Path, options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed", reason="needs distributed (the extra campaign)")
    (tmp_path / "plan.toml").write_text('[runs.a]\nsubjects = ["reference"]\n')
    assert main(["campaign", str(tmp_path / "plan.toml"), *options]) == 4
    told = capsys.readouterr().err
    assert told.startswith("ERROR: ") and words in told and told.count("\n") == 1
