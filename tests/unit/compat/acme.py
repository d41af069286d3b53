"""A made-up runtime in C++ and its releases: headers whose lines move, and a library that gains functions."""

from __future__ import annotations

import subprocess
from pathlib import Path

from conformance.compat.wheel_releases import ReleaseFacts, ReleaseLayout, read_release

LAYOUT = ReleaseLayout("acme/include", "acme/ffi", "acme/lib/libacme.so")

_HEADER = """\
/* Errors tell where they come from,
   so lines matter. */
#pragma once
extern "C" void AcmeFail(const char* file, int line, const char* what);
extern "C" int AcmeOpen(int handle);
#define ACME_THROW(what) AcmeFail(__FILE__, __LINE__, what)
#define ACME_CHECK(condition) \\
  if (!(condition)) ACME_THROW(#condition)
namespace acme {
namespace ffi {
{before}
inline int Checked(int value) {{
  ACME_CHECK(value > 3);
  return AcmeOpen(value);
}}
{after}
}}
}}
"""

RELEASES = {
    "1.0": {"before": "", "after": "", "exports": ("AcmeOpen",)},
    "1.1": {
        "before": "",
        "after": "inline int Twice(int value) { return Checked(value) * 2; }",
        "exports": ("AcmeOpen",),
    },
    "1.2": {"before": "\n", "after": "", "exports": ("AcmeOpen", "AcmeClose")},
    "2.0": {"before": "\n", "after": "class Session {};", "exports": ("AcmeOpen",), "extra": "session.h"},
}
"""What each release has beside the others: 1.1 a function behind the check, 1.2 one line before it, 2.0 a header."""


def release(folder: Path, version: str) -> ReleaseFacts:
    """What is known of a release, whose files lie in the folder afterwards."""
    given = RELEASES[version]
    include = folder / LAYOUT.include / LAYOUT.headers
    include.mkdir(parents=True)
    header = _HEADER.replace("{before}", str(given["before"])).replace("{after}", str(given["after"]))
    (include / "check.h").write_text(header.replace("{{", "{").replace("}}", "}"))
    if "extra" in given:
        (include / str(given["extra"])).write_text('#pragma once\n#include "check.h"\n')
    library = folder / LAYOUT.binary
    library.parent.mkdir(parents=True)
    names = ["AcmeFail", *given["exports"]]
    build(library, "".join(f"int {name}(void) {{ return 0; }}\n" for name in names), "gcc", "-xc")
    return read_release(folder, version, LAYOUT)


def build(library: Path, text: str, compiler: str, *flags: str) -> bytes:
    """A shared library of this text; what it does not define stays open."""
    language = () if "-xc" in flags else ("-xc++",)
    argv = [compiler, *language, *flags, "-fPIC", "-shared", "-o", str(library), "-"]
    subprocess.run(argv, input=text, text=True, check=True, timeout=60)
    return library.read_bytes()
