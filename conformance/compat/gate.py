"""Holds the range that a wheel declares against what code built against one version came to in the matrix."""

from __future__ import annotations

from pathlib import Path

from conformance.compat.cells import CellResult, Status
from conformance.compat.matrix import VersionMatrices
from conformance.compat.releases import Versioned
from conformance.compat.wheel import RuntimeOutcome, RuntimeVerdict, WheelJudgement, judge_wheel
from conformance.compat.wheel_evidence import BuiltAgainst, built_against
from conformance.compat.wheel_releases import LAYOUTS

_VERDICTS: dict[Status, RuntimeVerdict] = {
    "works": "works",
    "news": "works with news",
    "breaks": "breaks",
    "itself": "breaks",
    "unloadable": "unloadable",
    "unbuilt": "not run",
    "not-run": "not run",
}
"""What the cells of the first matrix come to, as a wheel is told; nothing is known of what could not be built."""


def origin(wheel: Path, subject: Versioned) -> BuiltAgainst:
    """Which version of the runtime a wheel was built against, by its machine code. Raises WheelError, SubjectError."""
    return built_against(wheel, subject.distribution, subject.versions)


def judged(wheel: Path, built: str, subject: Versioned, found: VersionMatrices) -> WheelJudgement:
    """Whether a wheel that was built against a version may declare what it declares. Raises WheelError, SubjectError.

    Where it is known what releases of the runtime have, the wheel's own code is asked too.
    """
    return judge_wheel(
        wheel,
        built,
        {version: _outcome(result) for version, result in found.works(built).items()},
        distribution=subject.distribution,
        yanked={release.version for release in subject.releases if release.yanked},
        shown=origin(wheel, subject) if subject.distribution in LAYOUTS else None,
    )


def _outcome(result: CellResult) -> RuntimeOutcome:
    causes = (f"{cause.key} {cause.verdict}" for cause in result.causes)
    return RuntimeOutcome(_VERDICTS[result.status], tuple(dict.fromkeys(causes)))
