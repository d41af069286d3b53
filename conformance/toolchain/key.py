"""The key of a job in the cache: a digest of everything that decides what the compiled bytes are and do."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.toolchain import embedded, fixtures
from conformance.toolchain.errors import MissingCompiler, ToolchainError
from conformance.toolchain.includes import scan
from conformance.toolchain.spec import INCLUDE_FOLDERS, INCLUDED_FILES, paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.toolchain.compilers import Compiler
    from conformance.toolchain.includes import FileReader
    from conformance.toolchain.jobs import Job

SCHEMA = "abi-conformance-object/3"
"""Goes up whenever command lines, headers, trailers or file names change, so that no older object is found."""

# Variables by which a user's shell changes what gcc and clang read or run.
_ENVIRONMENT = (
    "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX",
    "SOURCE_DATE_EPOCH",
)  # fmt: skip


def job_keys(jobs: Iterable[Job], reader: FileReader) -> list[str]:
    """64 hexadecimal digits a job; the same only for jobs whose objects can stand for each other.

    Paths of sources, include folders and libraries are part of it, since objects hold them (`__FILE__`, run paths).
    The system's own headers are not read: the compiler's identity stands for them. Where several jobs include the
    same, as two sides do, it is looked at once.
    """
    looked: dict[tuple[object, ...], list[str]] = {}
    return [_key(job, reader, looked) for job in jobs]


def _key(job: Job, reader: FileReader, looked: dict[tuple[object, ...], list[str]]) -> str:
    digest = hashlib.sha256()

    def add(*fields: str) -> None:
        for field in fields:
            raw = field.encode("utf-8", "surrogateescape")
            digest.update(b"%d:" % len(raw))
            digest.update(raw)
        digest.update(b";")

    include = include_folders(job)
    add(SCHEMA, job.kind, job.name)
    add(*_identity(job.compiler))
    add(*job.compiler.flags)
    add(*job.flags)
    add(*job.defines)
    add(*(str(folder) for folder in include))
    folders, names = _searched((*job.flags, *job.compiler.flags), include)
    for name, text in job.texts:
        add(name, text)
        names += scan(text.encode("utf-8", "surrogateescape"))
    add(*(str(source.absolute()) for source in job.sources))
    asked = tuple(names), job.sources, tuple(folders), tuple(name for name, _ in job.headers)
    if asked not in looked:
        looked[asked] = reader.reached(*asked)
    add(*looked[asked])
    for library in job.libraries:
        contents = reader.read(library)
        add(str(library.absolute()), contents.digest if contents is not None else "missing")
    return digest.hexdigest()


def include_folders(job: Job) -> list[Path]:
    """List the folders whose headers the key covers: the job's, and those shipped for the embedded compiler."""
    folders = [folder.absolute() for folder in job.include]
    if job.compiler.is_embedded:
        folders.extend(embedded_system_include())
    if job.compiler.family == "chibicc":
        folders.append(fixtures.chibicc_include())
    return folders


@functools.cache
def embedded_system_include() -> tuple[Path, ...]:
    """List where libtcc finds standard headers: its own, then the freestanding ones of this project."""
    folders: list[Path] = []
    with contextlib.suppress(ToolchainError):
        folders.append(embedded.distribution().include)
    with contextlib.suppress(ToolchainError):
        folders.append(fixtures.embedded_include())
    return tuple(folder for folder in folders if folder.is_dir())


def _searched(flags: Sequence[str], include: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """List all folders that are searched, those named by flags too, and the files that flags include."""
    folders, forced = list(include), []
    for _, option, path in paths(flags):
        if option in INCLUDED_FILES:
            forced.append(path)
        elif option in INCLUDE_FOLDERS:
            folders.append(Path(path).absolute())
    return folders, forced


def _identity(compiler: Compiler) -> list[str]:
    if compiler.is_embedded:
        try:
            parts = embedded.distribution()
        except MissingCompiler:
            return ["embedded", "missing"]
        return ["embedded", str(parts.library), parts.version, *_stamp(parts.library), *_stamp(parts.runtime)]
    program = os.path.realpath(compiler.command[0]) if compiler.command else ""
    variables = [f"{name}={os.environ[name]}" for name in _ENVIRONMENT if name in os.environ]
    return [
        compiler.family,
        *compiler.command,
        program,
        *_stamp(Path(program)),
        compiler.version,
        compiler.target.triple,
        *variables,
    ]


def _stamp(program: Path) -> list[str]:
    try:
        status = program.stat()
    except OSError:
        return ["missing"]
    return [str(status.st_size), str(status.st_mtime_ns)]
