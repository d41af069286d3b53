"""The stand-alone program of an exchange, between sides that are made up."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conformance.model.subject import Headers
from conformance.subjects.tvm_ffi import exchange_program
from conformance.toolchain import resolve_cxx

HEADERS = Headers("0.1.9", Path())

SIDE = """
#include "lines.h"
#include <cstdio>
struct Slot;
static int Step(Witness* witness) {
  std::snprintf(witness->step, sizeof witness->step, "Error::kind");
  STEP
  return 0;
}
#define ENTRY(name) extern "C" int name(const char*, int64_t, Slot*, Witness* witness) { return Step(witness); }
ENTRY(abi_make) ENTRY(abi_use) ENTRY(abi_back)
"""


@pytest.mark.compiler("g++")
@pytest.mark.parametrize(
    ("step", "said"),
    [("", "conforms"), ("for (;;) {}", "observed: died of signal 14 in Error::kind\nNONCONFORMING")],
)
def test_an_exchange_that_has_no_end_is_ended_and_told(step: str, said: str, tmp_path: Path) -> None:
    files = exchange_program.files("error.read", 3, "global", HEADERS, HEADERS, HEADERS, "", resolve_cxx("g++"))
    assert "    alarm(10);" in files["main.cc"]
    for name in ("main.cc", "lines.h"):
        (tmp_path / name).write_text(files[name].replace("alarm(10)", "alarm(1)"))
    (tmp_path / "required.txt").write_text("")
    (tmp_path / "side.cc").write_text(SIDE.replace("STEP", step))
    for argv in (["-fPIC", "-shared", "-o", "side.so", "side.cc"], ["-o", "exchange", "main.cc", "-ldl"]):
        subprocess.run(["g++", "-std=gnu++17", *argv], cwd=tmp_path, check=True)
    ended = subprocess.run(
        ["./exchange", *["./side.so"] * 3], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.stdout == said + "\n"
    assert ended.returncode == (0 if said == "conforms" else 1)
