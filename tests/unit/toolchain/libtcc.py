"""The smallest embedded compiler: libtcc in this very process, enough to show that a request holds all it needs."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest

from conformance.toolchain import CompileError, EmbeddedRequest
from conformance.toolchain.embedded import distribution

if TYPE_CHECKING:
    from pathlib import Path

SHARED = 4


@functools.cache
def _libtcc() -> tuple[Any, Any]:
    cffi = pytest.importorskip("cffi")
    ffi = cffi.FFI()
    ffi.cdef(
        """
        typedef struct TCCState TCCState;
        TCCState *tcc_new(void);
        void tcc_delete(TCCState *);
        void tcc_set_lib_path(TCCState *, const char *);
        int tcc_set_options(TCCState *, const char *);
        int tcc_set_output_type(TCCState *, int);
        int tcc_add_include_path(TCCState *, const char *);
        int tcc_add_sysinclude_path(TCCState *, const char *);
        void tcc_define_symbol(TCCState *, const char *, const char *);
        int tcc_compile_string(TCCState *, const char *);
        int tcc_add_file(TCCState *, const char *);
        int tcc_output_file(TCCState *, const char *);
        void tcc_set_error_func(TCCState *, void *, void (*)(void *, const char *));
        """
    )
    return ffi, ffi.dlopen(str(distribution().library))


class InProcess:
    """An EmbeddedCompiler that keeps the requests it got."""

    def __init__(self) -> None:
        self.requests: list[EmbeddedRequest] = []

    def compile(self, request: EmbeddedRequest) -> None:
        self.requests.append(request)
        ffi, tcc = _libtcc()
        words: list[str] = []

        def path(file: Path) -> bytes:
            return bytes(file)

        @ffi.callback("void(void *, const char *)")  # type: ignore[untyped-decorator]
        def said(_: object, message: Any) -> None:
            words.append(ffi.string(message).decode())

        state = tcc.tcc_new()
        try:
            tcc.tcc_set_error_func(state, ffi.NULL, said)
            tcc.tcc_set_lib_path(state, path(distribution().lib_path))
            codes = [tcc.tcc_set_options(state, option.encode()) for option in request.options]
            tcc.tcc_set_output_type(state, SHARED)
            for folder in request.include:
                tcc.tcc_add_include_path(state, path(folder))
            for folder in request.system_include:
                tcc.tcc_add_sysinclude_path(state, path(folder))
            for define in request.defines:
                name, _, value = define.partition("=")
                tcc.tcc_define_symbol(state, name.encode(), value.encode() if value else ffi.NULL)
            codes += [tcc.tcc_compile_string(state, text.encode()) for _, text in request.texts]
            codes += [tcc.tcc_add_file(state, path(file)) for file in (*request.sources, *request.libraries)]
            if any(code < 0 for code in codes) or tcc.tcc_output_file(state, path(request.output)) < 0:
                raise CompileError("tcc", "\n".join(words))
        finally:
            tcc.tcc_delete(state)
