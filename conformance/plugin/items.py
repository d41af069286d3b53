"""The processes that run items: the suite's own are marked, and excused failures become expected ones."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterable
from typing import Any

import pytest

from conformance.gate.decide import Gate
from conformance.model.headway import Headway
from conformance.model.json import from_json, to_json
from conformance.model.outcome import Outcome
from conformance.model.verdict import Nonconforming

OUTCOME = "abi-outcome"
"""The user property under which an item leaves its outcome, as JSON."""

SUITE_ITEM = "abi-suite-item"
"""The user property that marks an item of the suite."""


STEP = "abi-step"
"""What a report is of, and the user property of it, that a worker of xdist sends while an item runs: how far it is."""

_SECONDS_BETWEEN = 0.2


def step_of(report: pytest.TestReport) -> Headway | None:
    """How far an item has come, None for a report of anything else."""
    texts = [text for name, text in report.user_properties if name == STEP]
    return from_json(json.loads(str(texts[0])), Headway) if texts else None


class Steps:
    """Tells the controller how far a worker's item has come, as a report of its own kind, a few times a second."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._item: pytest.Item | None = None
        self._next = 0.0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        """Remember what runs."""
        self._item, self._next = item, 0.0

    def moved(self, step: Headway) -> None:
        """Send it, unless the last was sent just now."""
        if self._item is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _SECONDS_BETWEEN
        when: Any = STEP  # none of pytest's phases, so that no plugin takes it for a result
        sent = [(STEP, json.dumps(to_json(step)))]
        report = pytest.TestReport(
            self._item.nodeid, self._item.location, {}, "passed", None, when, user_properties=sent
        )
        self._config.hook.pytest_runtest_logreport(report=report)


def outcomes(properties: Iterable[tuple[str, object]]) -> list[Outcome]:
    """The outcomes that an item left among its user properties."""
    return [Outcome.from_json(json.loads(str(text))) for name, text in properties if name == OUTCOME]


def is_suite_item(item: pytest.Item) -> bool:
    """Whether an item is the suite's own."""
    return (SUITE_ITEM, "1") in item.user_properties


class Failures:
    """Counts the checks that failed; each once, on however many pairs. With xdist a worker knows of its own only."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._names: set[str] = set()

    def stop(self, item: str, left: Iterable[Outcome]) -> str:
        """Why the run stops after an item that failed, or nothing."""
        self._names |= {outcome.check for outcome in left} or {item}
        enough = self._most is not None and len(self._names) >= self._most
        return f"stopping after {len(self._names)} failures" if enough else ""


class Items:
    """The hooks around items; `most` is how many checks may fail before the run stops."""

    def __init__(self, gate: Gate, version: str, most: int | None) -> None:
        self._gate = gate
        self._version = version
        self._failures = Failures(most)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Mark an item of the suite."""
        if getattr(getattr(item, "module", None), "__name__", "").startswith("conformance.suite"):
            item.user_properties.append((SUITE_ITEM, "1"))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Drop the one skipped item that pytest puts in place of a file's parameters where no check is selected."""
        items[:] = [item for item in items if not (is_suite_item(item) and "NOTSET" in item.name)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn a failure that is wholly excused into an expected one, and stop after enough of the others.

        What did not conform is told in its own words, without the source of the test that found it.
        """
        report = yield
        if report.failed and call.excinfo is not None and isinstance(call.excinfo.value, Nonconforming):
            report.longrepr = str(call.excinfo.value)
        if report.when == "call" and report.failed:
            left = [outcome for outcome in outcomes(item.user_properties) if outcome.status != "pass"]
            findings = [finding.to_json() for outcome in left for finding in outcome.findings]
            excuses = [self._gate.excuse(finding, self._version)[0] for finding in findings]
            if excuses and all(excuses) and all(outcome.findings for outcome in left):
                report.outcome = "skipped"
                report.wasxfail = "; ".join(dict.fromkeys(excuse for excuse in excuses if excuse))
        if report.failed and (stop := self._failures.stop(item.nodeid, outcomes(item.user_properties))):
            item.session.shouldfail = stop
        return report
