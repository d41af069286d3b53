"""Measures everything that the claims need; what cannot be had leaves its reason and not a hole in the report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.cost.call import Tell, time_all
from conformance.cost.report.claims import Measured
from conformance.model.errors import UserError
from conformance.toolchain import discover

Observe = Callable[[str], Any]
"""Runs the suite, or the acceptance table, with a compiler, and gives what it came to as JSON's data."""


class NotMeasured(UserError):
    """Something could not be measured; the message says why."""


def measure(tell: Tell, suite: Observe, matrix: Observe) -> Measured:
    """Everything, one after the other: what runs beside a timing disturbs it.

    `suite` and `matrix` are given, because the suite is no part of this room; they may raise UserError.
    """
    why: dict[str, str] = {}

    def attempt(name: str, message: str, what: Callable[[], Any]) -> Any:
        tell(message)
        try:
            return what()
        except (UserError, ImportError) as error:
            why[name] = str(error)
            return None

    calls = attempt("calls", "calls", lambda: time_all((), tell=tell)) or ()
    compiler = _native()
    return Measured(
        suite=attempt("suite", "the suite, with Python as a side", lambda: suite(compiler)),
        matrix=attempt("matrix", "the acceptance table", lambda: tuple(matrix(compiler))),
        frames=attempt("frames", "frames", _frames),
        inline=attempt("inline", "inlined calls", _inline),
        calls=tuple(calls),
        why=why,
    )


def _native() -> str:
    """What compiles C for the suite: the first of the defaults that is here."""
    return next((found.spec for found in discover() if not found.is_embedded), "tcc")


def _frames() -> Any:
    from conformance.cost.frame import measure as frames

    return frames(())


def _inline() -> Any:
    from conformance.cost.inline import measure as inline

    return inline(())
