"""What the CI files of examples/acme run: their lines, job by job, as a shell on a CI's machine would."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.e2e.commandline import CHECKOUT, CommandLine, Ended

GITHUB = CHECKOUT / "examples/acme/.github/workflows/abi.yml"
PAGES = CHECKOUT / "examples/acme/.github/workflows/abi-site.yml"
GITLAB = CHECKOUT / "examples/acme/.gitlab-ci.yml"


def read(path: Path) -> dict[str, Any]:
    """A workflow as plain data."""
    return dict(YAML(typ="safe").load(path.read_text("utf-8")))


def of_github(job: Mapping[str, Any], **chosen: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """The lines of a job of GitHub for each entry of its matrix, with the entry; `chosen` are entries to keep to."""
    matrix = {name: [chosen[name]] if name in chosen else values for name, values in job["strategy"]["matrix"].items()}
    for values in itertools.product(*matrix.values()):
        entry = dict(zip(matrix, map(str, values), strict=True))
        for step in job["steps"]:
            if "run" in step:
                line = step["run"]
                for name, value in entry.items():
                    line = line.replace(f"${{{{ matrix.{name} }}}}", value)
                yield line, entry


def of_one_job(job: Mapping[str, Any]) -> list[str]:
    """The lines of a job of GitHub that has no matrix."""
    return [step["run"] for step in job["steps"] if "run" in step]


def shell(cli: CommandLine, line: str, home: Path, **environment: str) -> Ended:
    """What a line comes to where `home` is the Python that the job has set up."""
    path = f"{home / 'bin'}:/usr/local/bin:/usr/bin:/bin"
    wanted = {"PATH": path, "PYTHONPATH": "", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1"}
    return cli.plain("bash", "-euo", "pipefail", "-c", line, env={**wanted, **environment})


def of_docs(page: Path) -> list[str]:
    """The commands of a page that are indented."""
    text = page.read_text("utf-8")
    return [line[4:] for line in re.findall(r"^    python.*$", text, re.MULTILINE)]


def of_tox(folder: Path, environment: str) -> list[str]:
    """The commands of an environment of tox, as tox itself reads them."""
    argv = [sys.executable, "-m", "tox", "config", "-c", "tox.ini", "-e", environment, "-k", "commands"]
    shown = subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True).stdout
    found = re.search(r"^commands = (.*)$", shown, re.MULTILINE)
    assert found is not None, shown
    return [found[1]]
