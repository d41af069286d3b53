"""Compiles texts to object files in a folder, for whoever looks at machine code rather than runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.toolchain import process
from conformance.toolchain.commands import headers
from conformance.toolchain.errors import CompileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conformance.toolchain.compilers import Compiler

TIMEOUT = 300.0
"""Seconds that one compile may take."""


def compile_object(
    compiler: Compiler, text: str, folder: Path, stem: str, *, include: Sequence[Path] = (), flags: Sequence[str] = ()
) -> Path:
    """Compile `text` to `folder/stem.o`, without debug information; `flags` come after the compiler's own.

    Raises CompileError. The text stays beside the object, as does what the compiler writes of its own (`stem.su`).
    """
    (folder / f"{stem}.c").write_text(text, encoding="utf-8")
    folders = [*(f"-I{path.absolute()}" for path in include), *headers(compiler)]
    command = [*compiler.command, "-std=gnu99", "-g0", "-c", f"{stem}.c", "-o", f"{stem}.o"]
    _run(compiler, [*command, *folders, *compiler.flags, *flags], folder)
    return folder / f"{stem}.o"


def link(compiler: Compiler, objects: Sequence[Path], folder: Path, name: str, *, flags: Sequence[str] = ()) -> Path:
    """Link objects to `folder/name`, with the compiler's own flags and then `flags`. Raises CompileError."""
    _run(compiler, [*compiler.command, *map(str, objects), "-o", name, *compiler.flags, *flags], folder)
    return folder / name


def execute(compiler: Compiler, program: Path) -> str:
    """What a program that was linked prints. Raises CompileError, named after the compiler, when it fails."""
    return _run(compiler, [str(program)], program.parent)


def _run(compiler: Compiler, argv: list[str], folder: Path) -> str:
    try:
        ended = process.run(argv, timeout=TIMEOUT, cwd=folder, env=process.environment({"TMPDIR": str(folder)}))
    except OSError as error:
        raise CompileError(compiler.id, f"error: {argv[0]} cannot be started: {error.strerror}") from error
    if ended.timed_out:
        raise CompileError(compiler.id, f"error: no end after {TIMEOUT:g} s", "hung")
    if ended.code != 0:
        raise CompileError(compiler.id, ended.output.replace(f"{folder}/", "") or f"error: exit code {ended.code}")
    return ended.output
