"""`doctor --targets`: what there is of compilers and targets, and the one line that installs the rest."""

from __future__ import annotations

import json

import pytest

from conformance.cli import main
from conformance.model.target import TARGETS


def told(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(["doctor", "--targets", *argv]) == 0
    return capsys.readouterr().out


def test_every_target_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys)
    for name in TARGETS:
        assert f"target {name} " in out


def test_what_is_missing_is_one_line_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    data = json.loads(told(capsys, "--json"))
    assert data["install"].startswith("apt-get install --no-install-recommends gcc-11 gcc-12 ")
    words = data["install"].split()
    assert len(words) == len(set(words))
    for package in ("gcc-12-s390x-linux-gnu", "qemu-user-static", "clang-19", "pcc", "chibicc"):
        assert package in words
    last = told(capsys).splitlines()[-1]
    assert last == f"all the rest: {data['install']}"


def test_nothing_is_asked_for_where_all_is_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.cli.targets.rows", lambda: iter([("ok", "target x", "fine", ())]))
    assert told(capsys).splitlines()[-1] == "all compilers and targets that Debian has are there"
