"""A sanitizer's report as it is kept: what is about the call, with functions by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.toolchain import Job, resolve
from conformance.toolchain.build import Toolchain
from conformance.toolchain.cache import Cache
from conformance.toolchain.elf import function_at
from conformance.transport.compiled.report import MOST_LINES, readable

TEXT = "int first(void);\nint second(int a);\nint first(void) { return 1; }\nint second(int a) { return a + 2; }\n"

REPORT = """=================================================================
==123==ERROR: AddressSanitizer: use-after-poison on address 0x5a0000410000 at pc 0x7f1 bp 0x7ff sp 0x7fe
READ of size 16 at 0x5a0000410000 thread T0
    #0 0x7f29541d939c  ({library}+{offset:#x}) (BuildId: fdb1c9)
    #1 0x562c83c95881  (/cache/1/runner-187b91272527bc25+0xe881)
    #2 0x7f2954845249  (/lib/x86_64-linux-gnu/libc.so.6+0x27249)

Address 0x5a0000410000 is a wild pointer inside of access range of size 0x10.
SUMMARY: AddressSanitizer: use-after-poison (/cache/c/callees-c3.so+0x539c)
Shadow bytes around the buggy address:
  0x0ff65cd17da0: 00 00 00
==123==ABORTING
"""


@pytest.mark.compiler("gcc")
def test_functions_are_told_by_their_names(tmp_path: Path) -> None:
    job = Job(resolve("gcc:-O0"), "lib", texts=(("a.c", TEXT),))
    library = Toolchain(Cache(tmp_path), None).build(job).path
    places = {name: at for at in range(0x8000) if (name := function_at(library, at))}
    assert {"first", "second"} <= set(places)
    assert readable(REPORT.format(library=library, offset=places["second"])).splitlines() == [
        "ERROR: AddressSanitizer: use-after-poison on address 0x5a0000410000",
        "READ of size 16 at 0x5a0000410000 thread T0",
        f"#0 second in {library.name}",
    ]


def test_a_library_that_is_gone_has_functions_without_names(tmp_path: Path) -> None:
    (tmp_path / "no.so").write_bytes(b"\x7fELF\2\1")
    for library in (tmp_path / "gone.so", tmp_path / "no.so"):
        told = readable(REPORT.format(library=library, offset=1)).splitlines()
        assert told[2] == f"#0 a function without a name in {library.name}"


def test_what_is_kept_is_bounded_and_nothing_is_nothing() -> None:
    assert len(readable("a.c:1:1: runtime error: again\n" * 100).splitlines()) == MOST_LINES
    assert readable("") == ""
