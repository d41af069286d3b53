"""Deals the items of a run to the processes of xdist: what plans the same calls to one of them, the dearest first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from conformance.checks import CHECKS
from conformance.engine.units import cost
from conformance.model.options import RunOptions
from conformance.model.unit import Unit

_UNIT = re.compile(rf"\[((?:{'|'.join(map(re.escape, CHECKS))})(?:#\d+)?)(?:-|\])")


class ByUnit(LoadScopeScheduling):  # type: ignore[misc]
    """Keeps the pairs of a unit in one process, which plans their calls once, where there are units enough for all."""

    _whole = False

    def schedule(self) -> None:
        """Deal what is left."""
        items: Sequence[str] = next(iter(self.registered_collections.values()), ())
        units = {self._unit(item) for item in items}
        self._whole = len(units) >= 2 * self.numnodes
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return self._unit(nodeid) if self._whole else nodeid

    def _unit(self, nodeid: str) -> str:
        found = _UNIT.search(nodeid)
        return found[1] if found else nodeid


class Deal:
    """The hooks that deal."""

    def __init__(self, options: RunOptions) -> None:
        self._options = options

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """In a process of xdist, put the units that take longest first, so that none is left alone with one."""
        if hasattr(config, "workerinput"):
            items.sort(key=self._place)

    def _place(self, item: pytest.Item) -> int:
        requirement = getattr(getattr(item, "callspec", None), "params", {}).get("requirement")
        unit = getattr(requirement, "unit", None)
        return -cost(unit, self._options) if isinstance(unit, Unit) else 0

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> ByUnit | None:
        """Deal by units, where the command line does not ask for another way."""
        return ByUnit(config, log) if config.option.dist == "load" else None
