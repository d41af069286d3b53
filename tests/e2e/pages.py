"""What a page of docs/ has its reader do, in order: files to write, commands to type, and what these then show."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from markdown_it import MarkdownIt

from tests.e2e.commandline import CHECKOUT, CommandLine

DOCS = CHECKOUT / "docs"
TYPED = ("abi-conformance ", "python3 ", "pytest ", "pip ")
"""What the lines of an indented block begin with that are commands; another block is what a command shows."""

_NAME = re.compile(r"\*\*([^*,]+)(?:, [^*]+)?\*\*")
"""A paragraph that names the file whose text follows: `**runtime.c**`, `**runtime.c, mended**`."""

_ENDS = re.compile(r"\s+#.*?(?:ends with (\d))?$")


@dataclass(frozen=True)
class Step:
    """One thing to do. `text` is a file's, a program's, a command or a line that is shown; `name` is the file's.

    `code` is what a command ends with: 0 unless a comment behind it says so.
    """

    what: Literal["file", "command", "shown", "python"]
    text: str
    name: str = ""
    code: int = 0


def steps(page: Path) -> Iterator[Step]:
    """The steps of a page."""
    name = ""
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        if token.type == "inline":
            named = _NAME.fullmatch(token.content)
            name = named[1] if named else ""
        elif token.type == "fence" and name:
            yield Step("file", token.content, name)
        elif token.type == "fence" and token.info == "python":
            yield Step("python", token.content)
        elif token.type == "code_block":
            yield from _block(token.content)


def _block(block: str) -> Iterator[Step]:
    for paragraph in block.strip("\n").split("\n\n"):
        lines = paragraph.splitlines()
        typed = lines[0].startswith(TYPED)
        for line in lines:
            if not typed:
                yield Step("shown", line)
            elif line.startswith(TYPED):
                ends = _ENDS.search(line)
                yield Step("command", _ENDS.sub("", line), code=int(ends[1] or 0) if ends else 0)


def commands(page: Path) -> list[str]:
    """The commands of a page."""
    return [step.text for step in steps(page) if step.what == "command"]


def follow(cli: CommandLine, page: Path) -> int:
    """Do what a page says, in the folder of `cli`, and hold what it shows against it; how many commands it had."""
    programs(cli)
    done, said = 0, ""
    for step in steps(page):
        if step.what == "file":
            path = cli.cwd / step.name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(step.text)
        elif step.what == "command":
            installed = {"PIP_TARGET": str(cli.cwd / "installed"), "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1"}
            ours = {"PATH": f"{cli.cwd / 'bin'}:{os.environ['PATH']}", "PIP_NO_BUILD_ISOLATION": "0", **installed}
            ended = cli.plain("bash", "-c", step.text, env=ours)
            assert ended.returncode == step.code, (step.text, ended.stdout[-3000:], ended.stderr)
            done, said = done + 1, ended.stdout
        elif step.what == "shown":
            assert step.text in said, (step.text, said[-6000:])
    return done


def programs(cli: CommandLine) -> None:
    """Put the programs that pages start where a shell finds them: this Python, and what it has."""
    folder = cli.cwd / "bin"
    folder.mkdir()
    for name, words in {"python3": "", "abi-conformance": "-m conformance", "pytest": "-m pytest"}.items():
        (folder / name).write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
        (folder / name).chmod(0o755)
    (cli.cwd / "path" / "to").mkdir(parents=True)
    (cli.cwd / "path" / "to" / "abi-conformance").symlink_to(CHECKOUT)
