"""Deals units to the workers of a cluster until all came to something, or nothing more can."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence

from attrs import define, field
from distributed import Client, Future, KilledWorker

from conformance import __version__
from conformance.campaign.cluster import ClusterError, WorkerFacts, lacking, workers
from conformance.campaign.outcome import UnitOutcome
from conformance.campaign.units import CampaignUnit
from conformance.campaign.worker import run_unit

_TICK = 0.1
_LOOK = 1.0
"""Seconds from one look at what is done, and at the workers, to the next."""

_ANSWER = 30.0
"""Seconds within which a worker must hand over what a unit came to."""

UnitTold = Callable[[CampaignUnit, UnitOutcome], None]
"""Is called with every unit that came to something, when it does."""


@define
class _Dealer:
    """What is left to deal, what is under way, and since when nobody can run what is left.

    No more units are under way than there are threads that can run them: one whose worker dies is suspected of having
    ended it, and so would be all that wait there.
    """

    client: Client
    store: str
    worker_wait: float
    told: UnitTold
    waiting: dict[tuple[str, ...], deque[CampaignUnit]] = field(factory=dict)
    under_way: dict[str, tuple[CampaignUnit, Future[UnitOutcome]]] = field(factory=dict)
    alone_since: dict[tuple[str, ...], float] = field(factory=dict)
    stopped: str = ""

    def deal(self, there: Sequence[WorkerFacts]) -> None:
        """Send as many units as there is room for."""
        busy = Counter(unit.needs for unit, _ in self.under_way.values())
        for needs, queue in self.waiting.items():
            room = sum(worker.threads for worker in there if worker.serves(needs)) - busy[needs]
            for _ in range(min(room, len(queue))):
                unit = queue.popleft()
                future = self.client.submit(
                    run_unit,
                    unit,
                    self.store,
                    __version__,
                    key=f"campaign-{unit.name}",
                    pure=False,
                    resources=dict.fromkeys(needs, 1) or None,
                )
                self.under_way[unit.name] = unit, future

    def take(self) -> None:
        """Hear what units came to that are done. Raises ClusterError where their end is not their own."""
        for unit, future in list(self.under_way.values()):
            if future.status in ("cancelled", "lost"):
                raise ClusterError("the scheduler is gone")
            if future.done():
                del self.under_way[unit.name]
                found = _outcome(unit, future)
                self.told(unit, found)
                if found.status == "not-stored":
                    self.stopped = found.why

    def give_up(self, there: Sequence[WorkerFacts]) -> None:
        """Tell the units that no worker could run for so long that none will come."""
        now = time.monotonic()
        under_way = {unit.needs for unit, _ in self.under_way.values()}
        for needs in {*(needs for needs, queue in self.waiting.items() if queue), *under_way}:
            if any(worker.serves(needs) for worker in there):
                self.alone_since.pop(needs, None)
            elif now - self.alone_since.setdefault(needs, now) >= self.worker_wait:
                mine = [unit for unit, _ in self.under_way.values() if unit.needs == needs]
                for unit in mine:
                    self.under_way.pop(unit.name)[1].cancel()
                gone = [*mine, *self.waiting.pop(needs, ())]
                for unit in gone:
                    why = f"{lacking(unit, there)} any more"
                    self.told(unit, UnitOutcome(unit.name, "no-worker", why))


def conduct(client: Client, units: Sequence[CampaignUnit], store: str, worker_wait: float, told: UnitTold) -> str:
    """Have all units run, telling each as it is done: at once those that no worker can run.

    Gives why it ended before all of them came to something, "" where it did not. Raises ClusterError where the
    scheduler is gone.
    """
    dealer = _Dealer(client, store, worker_wait, told)
    there = workers(client)
    for unit in units:
        why = lacking(unit, there)
        if why:
            told(unit, UnitOutcome(unit.name, "no-worker", why))
        else:
            dealer.waiting.setdefault(unit.needs, deque()).append(unit)
    looked = time.monotonic()
    while any(dealer.waiting.values()) or dealer.under_way:
        dealer.deal(there)
        time.sleep(_TICK)
        dealer.take()
        if dealer.stopped:
            return dealer.stopped
        if client.status != "running" or time.monotonic() - looked >= _LOOK:
            there, looked = workers(client), time.monotonic()
            dealer.give_up(there)
    return ""


def _outcome(unit: CampaignUnit, future: Future[UnitOutcome]) -> UnitOutcome:
    """What a task that is over says of its unit. Raises ClusterError where nobody hands it over any more."""
    try:
        found = future.result(timeout=_ANSWER) if future.status == "finished" else future.exception(timeout=_ANSWER)
    except Exception as error:  # comms raise what they like
        raise ClusterError(f"the scheduler is gone ({type(error).__name__})") from error
    if isinstance(found, UnitOutcome):
        return found
    if isinstance(found, KilledWorker):
        return UnitOutcome(unit.name, "killed", f"{found.allowed_failures + 1} workers died while they ran it")
    return UnitOutcome(unit.name, "failed", f"a worker could not run it: {type(found).__name__}: {found}")
