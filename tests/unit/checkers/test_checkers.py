from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.checkers import report, tools
from benchmarks.checkers.report import COLUMNS, ReleasePair, calls_of
from benchmarks.checkers.tools import CannotRun, ToolReport
from conformance.compat.probe import build, probe
from tests.unit.compat.headers_of_ffi import HEADERS

ABIDIFF = """\
Functions changes summary: 1 Removed, 2 Changed (1 filtered out), 1 Added functions

1 Removed function:

  [D] 'function void crosses_DenseMapObj(tvm::ffi::DenseMapObj*)'    {crosses_DenseMapObj}

1 Added function:

  [A] 'function void crosses_DictObj(tvm::ffi::DictObj*)'    {crosses_DictObj}

2 functions with some indirect sub-type change:

  [C] 'function void crosses_ErrorObj(tvm::ffi::ErrorObj*)' at new.cc:79:1 has some indirect sub-type changes:
    parameter 1 of type 'tvm::ffi::ErrorObj*' has sub-type changes:
      in pointed to type 'class tvm::ffi::ErrorObj' at error.h:86:1:
        type size changed from 640 to 768 (in bits)
        1 base class change:
          'struct TVMFFIErrorCell' at c_api.h:372:1 changed:
            type size changed from 448 to 576 (in bits)
            2 data member insertions:
        1 data member change:
          type of 'tvm::ffi::String data_' changed:
            type name changed from 'tvm::ffi::String' to 'tvm::ffi::Any'
            type size hasn't changed

  [C] 'function void crosses_ModuleObj(tvm::ffi::ModuleObj*)' at new.cc:109:1 has some indirect sub-type changes:
    parameter 1 of type 'tvm::ffi::ModuleObj*' has sub-type changes:
      in pointed to type 'class tvm::ffi::ModuleObj' at module.h:43:1:
        type size hasn't changed
        9 member function changes (3 filtered):
          'method virtual tvm::ffi::Optional<tvm::ffi::Function, void> tvm::ffi::ModuleObj::GetFunction(const tvm::ffi::String&)' has some sub-type changes:
            return type changed:
              type size changed from 64 to 128 (in bits)

  [D] _ZN3tvm3ffi4json9StringifyERKNS0_3AnyENS0_8OptionalIivEE
  [D] _ZNSt7__cxx1115basic_stringbufIcSt11char_traitsIcESaIcEEC1Ev, aliases x
"""  # noqa: E501

ABICHECK = {
    "verdict": "COMPATIBLE_WITH_RISK",
    "summary": {"compatible_additions": 7},
    "changes": [
        {"severity": "breaking", "kind": "enum_member_value_changed", "symbol": "TVMFFITypeIndex::kTVMFFIObjectEnd"},
        {"severity": "breaking", "kind": "type_field_added", "symbol": "tvm::ffi::Optional<long int, void>"},
        {"severity": "breaking", "kind": "type_size_changed", "symbol": "tvm::ffi::Optional<long int, void>",
         "old_value": "64", "new_value": "128"},
        {"severity": "breaking", "kind": "func_removed", "symbol": "TVMFFIOld"},
        {"severity": "breaking", "kind": "type_field_removed", "symbol": "tvm::ffi::ArrayObj"},
        {"severity": "risk", "kind": "exported_object_alignment_reduced", "symbol": "x"},
    ],
}  # fmt: skip


def test_a_report_of_abidiff_is_read_for_what_changed_itself() -> None:
    said = tools.read_abidiff(ABIDIFF, 12)
    assert (said.verdict, said.added) == ("breaks", 1)
    assert said.changed == {
        "ErrorObj": "80 → 96",
        "TVMFFIErrorCell": "56 → 72",
        "ModuleObj": "",
        "ModuleObj_GetFunction": "8 → 16",
        "Optional_Function": "8 → 16",
        "DenseMapObj": "gone",
        "json_Stringify": "gone",
        tools.STANDARD: "gone",
    }
    assert tools.read_abidiff("", 0) == ToolReport("nothing", {}, 0)
    assert tools.read_abidiff("  [A] 'x'\n", 4) == ToolReport("additions", {}, 1)


def test_a_report_of_abicheck_is_read_for_what_it_calls_breaking() -> None:
    changed = {"TVMFFITypeIndex": "", "Optional_int64_t": "8 → 16", "TVMFFIOld": "gone", "ArrayObj": ""}
    assert tools.read_abicheck(ABICHECK) == ToolReport("compatible with risk", changed, 7)


@pytest.mark.program("abidiff")
def test_abidiff_sees_in_probes_a_return_that_grew(tmp_path: Path) -> None:
    libraries = []
    for name, returned in (("old", "int64_t"), ("new", "Optional<String>")):
        for header, text in HEADERS.items():
            path = tmp_path / name / header
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("virtual Optional<String>", f"virtual {returned}"))
        text = probe(tmp_path / name).text.replace("Optional<Function>", "Optional<int>")
        text = text.replace("Optional<Array<Any>>", "Optional<char>")
        libraries.append(build(text, tmp_path / name, tmp_path / f"{name}.so"))
    assert "ModuleObj_GetFunction" in tools.abidiff(*libraries).changed
    assert tools.abidiff(libraries[0], libraries[0]).verdict == "nothing"


def test_a_tool_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotRun, match="abidiff cannot be started"):
        tools.abidiff(Path("a"), Path("b"))
    (tmp_path / "abicheck").write_text("#!/bin/sh\necho no castxml >&2\nexit 64\n")
    (tmp_path / "abicheck").chmod(0o755)
    with pytest.raises(CannotRun, match="abicheck ended with 64: no castxml"):
        tools.abicheck(Path("a"), Path("b"))


def pair(old: str, new: str, changed: dict[str, dict[str, str]], calls: str = "not run") -> ReleasePair:
    said: dict[tuple[str, str], ToolReport | str] = {column: ToolReport("nothing", {}, 0) for column in COLUMNS}
    said |= {(tool, "probes"): ToolReport("changes", things, 0) for tool, things in changed.items()}
    return ReleasePair(old, new, said, calls, frozenset({"ErrorObj", "Any"}))


def test_the_table_tells_pairs_what_is_seen_by_one_alone_and_what_calls_see() -> None:
    pairs = [
        pair("1.0", "1.1", {}),
        pair(
            "1.1", "1.2", {"abidiff": {"ErrorObj": "80 → 96"}, "abicheck": {"Any": "", "Inner": ""}}, "breaks: it dies"
        ),
        pair("1.2", "1.3", {}, "breaks: renumbered"),
    ]
    text = report.text(pairs, ["1.2"], {"abidiff": "abidiff 2", "abicheck": "not there"}, "do it")
    assert "| 1.1 → *1.2* | **nothing** | **changes**: ErrorObj 80 → 96 | **nothing** | " in text
    assert "**changes**: Any; 1 other | breaks: it dies |" in text
    assert "| 1.1 → *1.2* | ErrorObj | Any |" in text
    assert "No break, in the words of either, between 1.0 → 1.1." in text
    assert "| *1.2* → 1.3 | **nothing** | **nothing** | **nothing** | **nothing** | breaks: renumbered |" in text
    assert "`do it`, with abidiff 2, not there" in text


def test_calls_come_from_the_matrix() -> None:
    causes = [{"key": f"match::packed::{key}"} for key in ("match(error)@0", "match(path)@0", "match(error)@0")]
    cells = [
        {"caller": "1.0", "callee": "1.0", "runtime": runtime, "status": status, "causes": told}
        for runtime, status, told in (("1.0", "works", []), ("1.1", "breaks", causes), ("1.2", "not-run", []))
    ]
    document = {"on_runtimes": [cells], "between_sides": []}
    assert calls_of(document, "1.0", "1.1") == "**breaks**: `match(error)@0`, `match(path)@0`"
    assert calls_of(document, "1.0", "1.0") == "works"
    assert (
        calls_of(document, "1.0", "1.2") == calls_of(document, "1.1", "1.0") == calls_of({}, "1.0", "1.1") == "not run"
    )
