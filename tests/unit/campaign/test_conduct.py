"""Dealing units: what a client hears of a scheduler that goes in the middle of it."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("distributed", reason="needs distributed (the extra campaign)")

from conformance.campaign.cluster import ClusterError
from conformance.campaign.conduct import conduct
from conformance.campaign.outcome import UnitOutcome
from conformance.campaign.units import CampaignUnit

UNIT = CampaignUnit("a", "here", "reference", "1", (), 0, (), None, 60.0)


class Done:
    """A future whose task came to its end."""

    status = "finished"

    def __init__(self, came_to: UnitOutcome | Exception) -> None:
        self._came_to = came_to

    def done(self) -> bool:
        return True

    def result(self, timeout: float) -> UnitOutcome:
        if isinstance(self._came_to, Exception):
            raise self._came_to
        return self._came_to


class OneWorker:
    """A client of a cluster with one worker, whose tasks end at once."""

    status = "running"

    def __init__(self, came_to: UnitOutcome | Exception) -> None:
        self._came_to = came_to

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        return {"workers": {"tcp://there": {"nthreads": 1, "resources": {}}}}

    def submit(self, *_: Any, **__: Any) -> Done:
        return Done(self._came_to)


def test_a_unit_is_told_when_it_is_done() -> None:
    told: list[UnitOutcome] = []
    came_to = UnitOutcome("a", "conforming", "")
    ended = conduct(OneWorker(came_to), [UNIT], "store", 1.0, lambda _, outcome: told.append(outcome))  # type: ignore[arg-type]
    assert (ended, told) == ("", [came_to])


@pytest.mark.parametrize("error", [OSError("reset by peer"), TimeoutError()])
def test_a_scheduler_that_goes_while_it_hands_over_a_result_is_gone(error: Exception) -> None:
    with pytest.raises(ClusterError, match="the scheduler is gone"):
        conduct(OneWorker(error), [UNIT], "store", 1.0, lambda *_: None)  # type: ignore[arg-type]
