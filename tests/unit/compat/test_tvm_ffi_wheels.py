"""Wheels of known origin: compiled here against the headers of real releases of apache-tvm-ffi."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.compat.wheel_evidence import built_against
from conformance.subjects import environments
from conformance.subjects.errors import SubjectError
from conformance.toolchain import process
from tests.unit.subjects.made import wheel

DISTRIBUTION = "apache-tvm-ffi"
RELEASES = ("0.1.4", "0.1.9", "0.1.15.post2")
"""Few, since each is fetched once: 2 to 3.4 MB."""

USE = """
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/function.h>
using namespace tvm::ffi;
int64_t Sum(Array<int64_t> numbers) {
  int64_t sum = 0;
  for (int64_t number : numbers) sum += number;
  return sum;
}
TVM_FFI_DLL_EXPORT_TYPED_FUNC(sum, Sum)
"""


@pytest.mark.program("g++")
@pytest.mark.parametrize("flags", [("-O0",), ("-O2", "-fvisibility=hidden")], ids=" ".join)
@pytest.mark.parametrize("version", RELEASES)
def test_the_release_that_a_wheel_was_built_against_is_found(
    tmp_path: Path, version: str, flags: tuple[str, ...]
) -> None:
    try:
        include = environments.release(DISTRIBUTION, version) / "tvm_ffi" / "include"
    except SubjectError as error:
        if "package index" in str(error):
            pytest.skip(str(error))
        raise
    library = tmp_path / "use.so"
    (tmp_path / "use.cc").write_text(USE)
    argv = ["g++", "-std=c++17", "-w", "-fPIC", "-shared", *flags, f"-I{include}", str(tmp_path / "use.cc")]
    ended = process.run([*argv, "-o", str(library)], timeout=120)
    assert ended.code == 0, ended.output
    path = wheel(tmp_path, "x", "1.0", files={"use.so": library.read_bytes()})
    shown = built_against(path, DISTRIBUTION, RELEASES)
    assert shown.versions == (version,)
    assert shown.sentence.endswith(f"was built against {DISTRIBUTION} {version}")
