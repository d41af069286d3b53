"""Renders an exchange between two releases of tvm-ffi's headers as C++ programs of their own, with a Makefile."""

from __future__ import annotations

import hashlib
from typing import Any

from conformance.model.subject import LOAD, Headers
from conformance.subjects.tvm_ffi import exchange, types
from conformance.toolchain import Compiler


def files(
    what: str,
    number: int,
    loading: str,
    made_by: Headers,
    read_by: Headers,
    runtime: Headers,
    due: str,
    compiler: Compiler,
) -> dict[str, str]:
    """The sides, the program that loads them, what had to be read, and the Makefile, by file name.

    `make run` exits with 1 where something else is read than `due` says, a line each; `make diagonal` takes made_by's
    release for both sides and for the library.
    """
    chosen = [file for file in exchange.EXCHANGES if what in (LOAD, *exchange.names([file]))]
    context: dict[str, Any] = {
        "what": what,
        "number": number,
        "loading": loading,
        "made_by": made_by.version,
        "read_by": read_by.version,
        "runtime": runtime.version,
        "files": chosen,
        "loads": what == LOAD,
        "cxx": compiler.command[0].rpartition("/")[2],
        "flags": " ".join(exchange.compiler_of(compiler, loading).flags),
    }
    names = ("lines.h", "report.h", *(f"{file}.h" for file in chosen))
    sources = {"side.cc": exchange.text(chosen)} | {name: (exchange.FOLDER / name).read_text("utf-8") for name in names}
    made_of = "\0".join([context["cxx"], context["flags"], *sources.values()])
    context["side"] = f"side-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"
    return {
        "main.cc": types.render(f"exchange/reproducer/{'load' if what == LOAD else 'main'}.cc.j2", **context),
        "Makefile": types.render("exchange/reproducer/Makefile.j2", **context),
        "required.txt": due,
        **sources,
    }
