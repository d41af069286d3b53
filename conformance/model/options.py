"""What a run was asked to do, and what it turned out to run: plain data of the CLI, the plugin and the reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

PROFILES: tuple[str, ...] = ("quick", "ci", "nightly")
"""The profiles of a run, from the smallest."""

REPORT_DIR = Path(".abi-conformance")
"""Where a run leaves its reports unless it is told."""


class OptionError(ValueError):
    """An option that cannot be read; the message is one sentence with the option and the hint."""


@dataclass(frozen=True)
class RunOptions:
    """The options of `run`, parsed but not yet resolved: compilers are specs, pairs are pairs of specs.

    `seed` None means: the profile's own, which is 0 but for `nightly`. The plugin settles it before anything is drawn.
    """

    subject: str = "reference"
    compilers: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    checks: tuple[str, ...] = ()
    profile: str = "quick"
    max_examples: int | None = None
    seed: int | None = None
    shrink: bool = True
    report_dir: Path = REPORT_DIR
    json: Path | None = None
    html: Path | None = None
    waivers: Path | None = None
    baseline: Path | None = None
    max_failures: int | None = None
    quiet: bool = False

    def wants(self, check: str) -> bool:
        """Whether a check is selected; without `checks` all are."""
        return not self.checks or any(fnmatchcase(check, pattern) for pattern in self.checks)


@dataclass(frozen=True)
class RunFacts:
    """What a run is about, once it is resolved: the first lines of the result.

    `subject` has name, version and convention, and may have versions, {name: version} of all that runs; each of
    `compilers` has id, spec, version and target; `pairs` are pairs of compiler ids. `notes` are further lines of the
    header, as name and value.
    """

    subject: dict[str, Any]
    compilers: tuple[dict[str, str], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    notes: dict[str, str] = field(default_factory=dict)


def parse_pair(text: str) -> tuple[str, str]:
    """`gcc/tcc`, and `/opt/cc>gcc:-O3` where a spec itself has a slash. Raises OptionError."""
    mark = ">" if ">" in text else "/"
    parts = [part.strip() for part in text.split(mark)]
    if len(parts) != 2 or not all(parts):
        raise OptionError(
            f"--pair {text}: this is no pair; write CALLER/CALLEE, or 'CALLER>CALLEE' where one is a path"
        )
    return parts[0], parts[1]
