"""cffi's API mode: the C text of an extension module that contains a shim, and how such a module is loaded.

The module has the shim's functions behind wrappers that cffi generates, and functions that Python defines for a number
of signatures. Nothing in it depends on what the signatures are, so a module compiled once serves all bundles of a
subject that are no larger.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cffi

from conformance.transport.compiled.dynamic import STUBS, declarations
from conformance.transport.compiled.errors import CannotGoOn

MODULE = "abi_dynamic"
LOAD_LIMIT = 5


def stub_types(fixtures: Path) -> str:
    """The types of abi/stub.h, with the table that it includes, for cffi, which reads no directives."""
    text = "".join((fixtures / "include" / "abi" / name).read_text(encoding="utf-8") for name in ("table.h", "stub.h"))
    return re.sub(r"^#.*(?:\\\n.*)*$", "", text, flags=re.MULTILINE).replace("ABI_OWN", "")


def module_text(fixtures: Path, kinds: Iterable[str], packed: bool, count: int) -> str:
    """The C text of a module for up to `count` signatures; to be linked with the shim's own."""
    shim = declarations(kinds, packed)
    stubs = [f"{type_ % f'{what}_{index}'};\n" for what, type_ in STUBS.items() for index in range(count)]
    ffi = cffi.FFI()
    ffi.cdef(f'{stub_types(fixtures)}{shim}extern "Python" {{\n{"".join(stubs)}}}\n')
    ffi.set_source(MODULE, f'#include "abi/stub.h"\n{shim}')
    with TemporaryDirectory() as folder:
        path = Path(folder, "module.c")
        ffi.emit_c_code(str(path))
        return path.read_text(encoding="utf-8")


def load(path: Path) -> Any:
    """The module, with its `ffi` and `lib`."""
    loader = ExtensionFileLoader(MODULE, str(path))
    spec = spec_from_file_location(MODULE, path, loader=loader)
    assert spec is not None
    signal.alarm(LOAD_LIMIT)
    try:
        module = module_from_spec(spec)
        loader.exec_module(module)
    except ImportError as error:
        raise CannotGoOn(f"cannot load the module of Python's side: {error}") from None
    finally:
        signal.alarm(0)
    return module
