"""Which reports there are: functions that write a result to a path. None is imported before it is asked for."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from traceback import extract_tb
from typing import Any

from conformance.model.option import OptionError
from conformance.registered import Registered, registered
from conformance.reports.files import ReportError
from conformance.reports.result import Result

GROUP = "abi_conformance.reports"
"""The entry point group by which a package registers a report, this one too: a function of the result and the path."""

_FAULTS = (Exception, SystemExit)  # whatever the code of another package raises, the other reports are still written


@dataclass(frozen=True)
class Report:
    """A report that can be asked for by its name."""

    entry: Registered

    def load(self) -> Any:
        """The function that writes it. Raises ReportError."""
        module, _, name = self.entry.target.partition(":")
        try:
            found = attrgetter(name)(import_module(module))
        except _FAULTS as error:
            raise self._error(f"cannot be loaded ({_words(error)}); install the package again") from error
        if not callable(found):
            raise self._error(f"is {self.entry.target}, which cannot be called; name a function there")
        return found

    def write(self, result: Result, path: Path) -> None:
        """Write a result, of which another package's function gets a copy. Raises ReportError, whatever that raises."""
        write = self.load()
        try:
            write(result if self.entry.ships else copy.deepcopy(result), path)
        except ReportError:
            raise
        except _FAULTS as error:
            place = extract_tb(error.__traceback__)[-1]
            where = f"{_words(error)}, at {place.filename}:{place.lineno}"
            raise self._error(f"is not written to {path} ({where}); correct it there") from error

    def _error(self, what: str) -> ReportError:
        return ReportError(
            f"the report '{self.entry.name}' of the package {self.entry.package} {what}, or leave it out"
        )


def _words(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def reports() -> tuple[dict[str, Report], tuple[str, ...]]:
    """All reports by name, and a sentence for each that registers itself in a way that cannot be used."""
    entries, problems = registered(GROUP, "report", "function")
    return {name: Report(entry) for name, entry in entries.items()}, tuple(problems)


def find(names: list[str]) -> list[Report]:
    """The reports of these names. Raises OptionError."""
    if not names:
        return []
    known, problems = reports()
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            problem = next((problem for problem in problems if f"'{name}'" in problem), None)
            raise OptionError(problem or f"there is no report '{name}'; {hint}")
    return [known[name] for name in names]
