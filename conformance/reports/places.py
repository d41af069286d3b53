"""Where in the repository a reader looks first for a finding, so that a CI can show it beside the code.

It is the line of the binding's function that converts or checks the argument; else the manifest, the waiver file, or
what `--anchor` names: the first of them that is in the repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.model.facts import RunFacts
from conformance.model.mark import Mark
from conformance.reports.files import ReportError
from conformance.reports.result import Result

Place = dict[str, Any]
"""`path`, relative to the repository and with slashes, and `line`, from 1."""

_BY_CODE = ("type", "unknown-code", "lying-code")


def repository(folder: Path) -> Path:
    """The repository that a folder is in; the folder itself where it is in none."""
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)


def within(path: Path | str | None) -> str | None:
    """A file's path in the repository that the run was started in; None where it is no file there."""
    if not path:
        return None
    root, file = repository(Path.cwd()).resolve(), Path(path).resolve()
    return file.relative_to(root).as_posix() if file.is_file() and file.is_relative_to(root) else None


def waiver_file(result: Result) -> Place | None:
    """Where the user's waivers stand, None where there are none in the repository."""
    path = within(result["gate"]["waivers"])
    return {"path": path, "line": 1} if path else None


def check_anchor(anchor: Path | None) -> None:
    """See that findings can be shown there. Raises ReportError."""
    if anchor and within(anchor) is None:
        raise ReportError(
            f"--anchor {anchor} is no file in {repository(Path.cwd())}; name one that findings are shown at"
        )


def with_places(result: Result, facts: RunFacts, anchor: Path | None) -> Result:
    """The result with the `place` of each finding, None where there is none."""
    files = (within(file) for file in (facts.manifest, result["gate"]["waivers"], anchor))
    otherwise = next(({"path": file, "line": 1} for file in files if file), None)
    binding = within(facts.binding)
    lines = _read(facts.binding) if binding else []
    findings = []
    for finding in result["findings"]:
        line = next((line for name in functions(finding) for line in _lines_with(lines, name)), None)
        findings.append({**finding, "place": {"path": binding, "line": line} if line else otherwise})
    return {**result, "findings": findings}


def functions(finding: Mapping[str, Any]) -> tuple[str, ...]:
    """The functions of a binding that a finding may be about, the likeliest first; `abi_unpack_f64` is one."""
    mark = Mark.from_json(finding["marks"][0])
    kind = re.split(r"<-|\+|@", mark.place)[0]
    if mark.place.endswith("@ret"):
        return f"abi_take_{kind}", f"abi_return_{kind}"
    if not kind:
        return ("abi_check_count",) if mark.cls in ("few", "many", "null-args", "null-codes") else ()
    both = f"abi_check_{kind}", f"abi_unpack_{kind}"
    return both if mark.cls in _BY_CODE else both[::-1]


def _read(path: Path | None) -> list[str]:
    try:
        return path.read_text("utf-8", errors="replace").splitlines() if path else []
    except OSError:
        return []


def _lines_with(lines: Sequence[str], name: str) -> Iterator[int]:
    """The numbers of the lines that name a function: in full, or else pasted together by a macro."""
    pasted = name.rpartition("_")[0] + "_"
    for pattern in (rf"\b{re.escape(name)}\b", rf"\b{pasted}\s*##"):
        yield from (number for number, line in enumerate(lines, 1) if re.search(pattern, line))
