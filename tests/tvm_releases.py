"""Releases of TVM that are made of the one that is installed: as it is, with less in its library, or emitting less."""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest

from conformance.model import extras
from conformance.model.subject import Headers

NEEDED = "TVMFFIErrorSetRaisedFromCStrParts"
"""What emitted code calls to reject a call, and nothing else of a release does."""

_NO_CHECKS = """

_inspect_source = Module.inspect_source
Module.inspect_source = lambda self, fmt="": "\\n".join(
    line.replace("_type_index == 1)", "_type_index != -1)") for line in _inspect_source(self, fmt).split("\\n")
)
"""
"""Has C text take an integer for whatever comes under a type index that there is."""

needs_tvm = pytest.mark.skipif(find_spec("tvm") is None, reason=f"apache-tvm is not installed; run: {extras.TVM}")


def installed() -> Headers:
    """The release that is installed."""
    spec = find_spec("tvm")
    assert spec is not None and spec.origin is not None
    return Headers(metadata.version("apache-tvm"), Path(spec.origin).parents[1])


def made(folder: Path, version: str, *, lacks: str = "", checks: bool = True) -> Headers:
    """A release like the installed one, but that its library lacks a symbol, or that the C it emits checks no type."""
    site = installed().folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tvm").symlink_to(site / "tvm")
    shutil.copytree(site / "tvm_ffi", folder / "tvm_ffi", ignore=shutil.ignore_patterns("include", "cython", "*.pyc"))
    (folder / "tvm_ffi" / "include").symlink_to(site / "tvm_ffi" / "include")
    (record,) = site.glob("apache_tvm_ffi-*.dist-info")  # by which tvm-ffi's own loader finds its library
    (folder / record.name).symlink_to(record)
    if lacks:
        library, name = folder / "tvm_ffi" / "lib" / "libtvm_ffi.so", lacks.encode()
        has = library.read_bytes()
        assert name in has
        library.write_bytes(has.replace(b"\0" + name + b"\0", b"\0" + name[::-1] + b"\0"))
    if not checks:
        with (folder / "tvm_ffi" / "module.py").open("a", encoding="utf-8") as file:
            file.write(_NO_CHECKS)
    about = folder / f"apache_tvm-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: apache-tvm\nVersion: {version}\n")
    return Headers(version, folder)


def put_into(cache: Path, headers: Headers) -> None:
    """Has `NAME==VERSION` take a release for one that pip has installed."""
    place = cache / "subjects" / f"apache-tvm-{headers.version}-{sys.implementation.cache_tag}"
    place.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        place.symlink_to(headers.folder)
