"""`cost report` as a whole: measure, answer, and write the page and the document."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conformance.cost.call import Tell
from conformance.cost.report import page
from conformance.cost.report.answers import languages, overhead, safety, share
from conformance.cost.report.claims import Answer, Measured
from conformance.cost.report.code_answers import like_direct, narrow
from conformance.cost.report.document import document
from conformance.cost.report.environment import environment
from conformance.cost.report.measure import Observe, measure
from conformance.cost.report.stack_answers import at_three, x0_bytes, x1_arrays, x1_bytes
from conformance.model.errors import UserError
from conformance.reports.files import make_folder, write_text

_ANSWERS = (safety, x0_bytes, x1_bytes, at_three, x1_arrays, like_direct, narrow, overhead, share, languages)


class NoMarkers(UserError):
    """A document that is there and has no markers to write between; the message names it and says what to do."""


def answer(measured: Measured) -> tuple[Answer, ...]:
    """The answers to C1 to C10, in order."""
    return tuple(one(measured) for one in _ANSWERS)


def report(folder: Path, tell: Tell, suite: Observe, matrix: Observe) -> tuple[Sequence[Path], dict[str, Any]]:
    """Measures, and writes cost.html and cost.md into `folder`; gives their paths and the data.

    Raises NoMarkers, or ReportError where they cannot be written, before anything is measured.
    """
    make_folder(folder)
    before = _document(folder / "cost.md")
    began = time.monotonic()
    measured = measure(tell, suite, matrix)
    return write(folder, measured, environment(measured, time.monotonic() - began), before)


def write(
    folder: Path, measured: Measured, facts: tuple[str, ...], before: str
) -> tuple[Sequence[Path], dict[str, Any]]:
    """Writes both files; `before` is the document between whose markers the figures go."""
    answers = answer(measured)
    shown = page.page(measured, answers, facts)
    text = page.between_markers(before, page.markdown(shown))
    assert text is not None, "the document was looked at before anything was measured"
    written = {"cost.html": page.html(shown), "cost.md": text}
    for name, content in written.items():
        write_text(folder / name, content)
    return [folder / name for name in written], document(measured, answers, facts)


def _document(path: Path) -> str:
    try:
        before = path.read_text("utf-8") if path.is_file() else page.new_document()
    except (OSError, UnicodeDecodeError):
        before = ""  # whatever it is, it is not for us to replace
    if page.between_markers(before, "") is None:
        raise NoMarkers(f"{path} has no markers to write between; move it away, or name another folder with --out")
    return before
