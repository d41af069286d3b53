"""Where a finding is shown: the binding's line, else manifest, waiver file or anchor, all in the repository."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.gate.decide import Gate
from conformance.model.options import RunOptions
from conformance.reports.files import ReportError
from conformance.reports.places import check_anchor, functions, within

from .made import FACTS, FAILED, failed, finding, result

BINDING = """\
int abi_unpack_f64(const AbiValue* args, const int* codes, int index, double* out);
#define FUNCTIONS(K) int abi_check_##K(const int* codes, int index);
int abi_check_f64x(void); /* another */
int abi_check_i8(const int* codes, int index);
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in a repository, with a binding, a manifest and a waiver file beside it."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    folder = tmp_path / "repo" / "sub"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name, text in {"binding.h": BINDING, "subject.toml": "", "w.toml": "", "anchor.c": ""}.items():
        (tmp_path / "repo" / name).write_text(text)
    (tmp_path / "outside.h").write_text(BINDING)
    return tmp_path / "repo"


def place(binding: Path | None, manifest: Path | None, *, key: str = "f64<-i64@1", **more: Any) -> object:
    facts = replace(FACTS, binding=binding, manifest=manifest)
    made = result(failed(finding(key=f"type::packed::gcc-O2>tcc::{key}")), facts=facts, **more)
    return made["findings"][0]["place"]


def test_the_first_that_is_in_the_repository(here: Path) -> None:
    gate = Gate(waiver_file=str(here / "w.toml"))
    anchored = RunOptions(seed=0, anchor=Path("../anchor.c"))
    everything: dict[str, Any] = {"gate": gate, "options": anchored}
    manifest, outside = here / "subject.toml", here.parent / "outside.h"
    assert place(here / "binding.h", manifest, **everything) == {"path": "binding.h", "line": 2}
    assert place(here / "binding.h", manifest, key="i8<-i64@1", **everything) == {"path": "binding.h", "line": 4}
    assert place(outside, manifest, **everything) == {"path": "subject.toml", "line": 1}
    assert place(outside, outside, **everything) == {"path": "w.toml", "line": 1}
    assert place(None, None, options=anchored) == {"path": "anchor.c", "line": 1}
    assert place(outside, here / "gone.toml") is None


def test_a_binding_without_the_function_leads_to_the_manifest(here: Path) -> None:
    (here / "binding.h").write_text("/* elsewhere */")
    assert place(here / "binding.h", here / "subject.toml") == {"path": "subject.toml", "line": 1}


@pytest.mark.parametrize(
    ("key", "first"),
    [
        ("type::packed::a>b::f64<-i64@1", "abi_check_f64"),
        ("type::packed::a>b::f64<-code(8)@1", "abi_check_f64"),
        ("coerce::packed::a>b::f64<-i64@1", "abi_unpack_f64"),
        ("tensor-shape::packed::a>b::tensor(f32,2x3)<-tensor(f32,2x4)@1", "abi_unpack_tensor"),
        ("match::packed::a>b::match(i8)@2", "abi_unpack_i8"),
        ("match::packed::a>b::match(f64)@ret", "abi_take_f64"),
        ("ret-type::packed::a>b::i64<-f64@ret", "abi_take_i64"),
        ("few::packed::a>b::3<-2", "abi_check_count"),
        ("match::packed::a>b::match@call", ""),
    ],
)
def test_the_function_that_a_finding_is_about(here: Path, key: str, first: str) -> None:
    (row,) = result(failed(finding(key=key)))["findings"]
    assert next(iter(functions(row)), "") == first


def test_an_anchor_is_a_file_of_the_repository(here: Path) -> None:
    check_anchor(None)
    check_anchor(Path("../anchor.c"))
    for wrong in (here / "gone.c", here.parent / "outside.h", here):
        with pytest.raises(ReportError, match="name one that findings are shown at"):
            check_anchor(wrong)
    assert within("") is None


def test_it_is_told_where_there_is_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert result(FAILED)["findings"][0]["place"] is None
