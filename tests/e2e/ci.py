"""A repository with a small runtime in it, and the runs of a CI in it: green, red, waived and interrupted."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.toolchain.fixtures import root
from tests.e2e.commandline import FOLDER, CommandLine, interrupt, until

BREAK = "#define check_code(kind, codes, index) ((kind) == KIND_f64 ? 0 : (check_code)(kind, codes, index))\n"
GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "step.md", "CI": "true"}
SMALL = ("--compiler", "tcc", "--check", "X0-TYPE", "--check", "X0-COERCE", "--max-examples", "1")
REPORTS = {
    "--junit": "junit.xml",
    "--sarif": "code-scanning.sarif",
    "--code-quality": "code-quality.json",
    "--markdown": "summary.md",
}
PAGE = ("--check", "X0-MATCH", "--check", "X1-SILENT", "--html", "page.html")
MANIFEST = """\
[subject]
name = "acme-runtime"
version = "1.4.0"
rules = "tvm-packed"

[build]
binding = "binding.h"
sources = ["runtime.c"]
"""


class Repository:
    """The runtime's repository; `code` and `said` are what the run in it ended with and printed."""

    def __init__(self, folder: Path, cache: Path, *, broken: bool) -> None:
        self.cli = CommandLine(folder, cache)
        self.code = -1
        self.said = ""
        runtime = folder / "runtime"
        runtime.mkdir(parents=True)
        (folder / ".git").mkdir()
        (runtime / "subject.toml").write_text(MANIFEST)
        (runtime / "binding.h").write_text((root() / "reference" / "binding.h").read_text())
        (runtime / "runtime.c").write_text((BREAK if broken else "") + f'#include "{root()}/reference/packed.c"\n')

    def run(self, *more: str) -> None:
        """A whole run in GitHub Actions, with all reports."""
        (self.cli.cwd / "step.md").write_text("# Before\n")
        reports = [word for pair in REPORTS.items() for word in pair]
        ended = self.cli("run", "--subject", "runtime/subject.toml", *SMALL, *reports, *more, env=GITHUB)
        self.code, self.said = ended.returncode, ended.stdout
        assert ended.stderr == ""

    def interrupted(self, *more: str) -> None:
        """A run that is interrupted."""
        reports = [word for pair in REPORTS.items() for word in pair]
        nightly = ("--compiler", "tcc", "--profile", "nightly", "--github")
        process = self.cli.start("run", "--subject", "runtime/subject.toml", *nightly, *reports, *more)
        until(lambda: (self.cli.cwd / FOLDER).exists())
        time.sleep(1.0)
        interrupt(process, False)
        self.said, _ = process.communicate(timeout=60)
        self.code = process.returncode

    def text(self, name: str) -> str:
        """A file that the run left."""
        return (self.cli.cwd / name).read_text("utf-8")


def ran(kind: str, folder: Path, cache: Path, *more: str) -> Repository:
    """A repository after the run of a kind: green, red, waived or interrupted; `more` are further options of it."""
    repository = Repository(folder, cache, broken=kind in ("red", "waived"))
    if kind == "interrupted":
        repository.interrupted(*more)
        return repository
    repository.run(*more)
    if kind == "waived":
        assert repository.cli("waivers", "update").returncode == 0
        waivers = folder / "abi-waivers.toml"
        waivers.write_text(waivers.read_text().replace('reason = ""', 'reason = "known, issue 17"'))
        repository.run(*more)
    return repository


def write_examples(folder: Path) -> None:
    """Write the reports of a red and of a green run again: `python -m tests.e2e.ci docs/examples`."""
    with TemporaryDirectory() as place:
        for kind in ("red", "green"):
            repository = ran(kind, Path(place) / kind, Path(place) / "cache")
            for name in REPORTS.values():
                (folder / f"{kind}-{name}").write_text(repository.text(name), "utf-8")
            page = ran(kind, Path(place) / f"{kind}-page", Path(place) / "cache", *PAGE).text("page.html")
            (folder / f"{kind}-page.html").write_text(page, "utf-8")


if __name__ == "__main__":
    write_examples(Path(sys.argv[1]))
