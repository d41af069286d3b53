"""The cluster that units are dealt to, one of this machine or a user's own, and what its workers have."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from multiprocessing import resource_tracker
from typing import Any

import dask
from attrs import frozen
from distributed import Client, LocalCluster, Security
from distributed.comm.core import connect

from conformance.campaign.units import CampaignUnit
from conformance.model.errors import UserError
from conformance.model.target import TARGETS
from conformance.toolchain.compilers import resolve
from conformance.toolchain.errors import ToolchainError
from conformance.toolchain.launch import launcher

CONNECT = 10
"""Seconds within which a scheduler must answer."""

_LOGGERS = ("distributed", "distributed.client", "distributed.scheduler", "bokeh", "tornado", "tornado.application")


OpenedCluster = AbstractContextManager[Client | None]
"""A cluster while it is used; None stands for none, where there is nothing to run."""


class ClusterError(UserError):
    """A cluster that cannot be had, or does not answer any more; the message is one sentence with what mends it."""


@frozen
class WorkerFacts:
    """What a scheduler knows of a worker: how many units it runs at a time, and the names of its resources."""

    address: str
    threads: int
    resources: frozenset[str]

    def serves(self, needs: Iterable[str]) -> bool:
        """Whether it has all of what a unit needs."""
        return self.resources.issuperset(needs)


@contextmanager
def local(count: int, units: Sequence[CampaignUnit], *, dashboard: bool) -> Iterator[Client]:
    """A cluster of `count` workers on this machine, which have what of the units' needs is installed here.

    It answers on the loopback interface only, with a `dashboard` if there is to be one.
    """
    _silence()
    needs = dict.fromkeys(need for unit in units for need in unit.needs)
    resources = {name: 1 for name in needs if _is_here(name)}
    # A unit that has ended two workers ends no more of them.
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}):
        with _uninterrupted():
            cluster = LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": dashboard},
                resources=resources,
                silence_logs=logging.CRITICAL,
            )
        with cluster, Client(cluster, set_as_default=False) as client:
            yield client


@contextmanager
def remote(address: str) -> Iterator[Client]:
    """A client of a scheduler; for tls:// by Dask's own configuration. Raises ClusterError where none answers."""
    _silence()
    try:
        asyncio.run(_knock(address))  # a client that fails waits at its end
        client = Client(address, timeout=CONNECT, set_as_default=False)
    except Exception as error:  # comms raise what they like: OSError, ValueError, TypeError
        raise ClusterError(
            f"no scheduler answers at {address} ({_short(error)}); start one with 'dask scheduler', or name another "
            "with --scheduler"
        ) from error
    try:
        yield client
    finally:
        with suppress(Exception):  # a scheduler that is gone need not be told
            client.close(timeout=2)


def workers(client: Client) -> tuple[WorkerFacts, ...]:
    """The workers that a scheduler has by now. Raises ClusterError where it does not answer."""
    if client.status != "running":
        raise ClusterError("the scheduler is gone")
    try:
        told: Mapping[str, Any] = client.scheduler_info(n_workers=-1)
    except Exception as error:
        raise ClusterError(f"the scheduler is gone ({_short(error)})") from error
    return tuple(
        WorkerFacts(address, int(worker["nthreads"]), frozenset(worker["resources"]))
        for address, worker in told["workers"].items()
        if worker.get("status", "running") in ("running", "paused")
    )


def lacking(unit: CampaignUnit, there: Sequence[WorkerFacts]) -> str:
    """Why no worker can run a unit, "" where one can."""
    if any(worker.serves(unit.needs) for worker in there):
        return ""
    if not there:
        return "there is no worker"
    missing = [need for need in unit.needs if not any(worker.serves([need]) for worker in there)]
    return f"no worker has {', '.join(missing)}" if missing else f"no worker has all of {', '.join(unit.needs)}"


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C is this thread's to hear, later: threads and processes that begin meanwhile never hear it."""
    resource_tracker.ensure_running()  # which would hear it from then on, as what begins later starts it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


async def _knock(address: str) -> None:
    """Connect as a client does."""
    comm = await connect(address, timeout=CONNECT, **Security().get_connection_args("client"))
    await comm.close()


def _is_here(need: str) -> bool:
    """Whether this machine has a compiler, or runs a target's code."""
    try:
        if need in TARGETS:
            launcher(TARGETS[need])
        else:
            resolve(need, cxx=True)
    except ToolchainError:
        return False
    return True


def _silence() -> None:
    """What dies is told in the campaign's own words."""
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _short(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
