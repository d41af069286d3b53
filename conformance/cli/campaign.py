"""`abi-conformance campaign`: many runs of a plan, dealt to the workers of a cluster, each stored once."""

from __future__ import annotations

import os
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.extras import need_campaign
from conformance.cli.options import shared, with_options
from conformance.machine import look
from conformance.model.option import Option, read, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.campaign.cluster import OpenedCluster
    from conformance.campaign.units import CampaignUnit

# fmt: off
_OPTIONS = (
    Option("scheduler", "ADDRESS", "The scheduler of a Dask cluster, like tcp://host:8786 or tls://host:8786",
           usual="a cluster of this machine", field="scheduler"),
    Option("store", "URL", "Where results go, and are taken up from: a folder, or an object store such as "
           "s3://bucket/folder", usual="the plan's", field="store"),
    Option("workers", "N", "Workers of a cluster of this machine", whole(1), usual="as many as there are cores",
           field="workers"),
    shared("json", help="Write what the campaign came to there, as JSON"),
    shared("quiet", help="Only causes, what is missing, and the verdict"),
)
# fmt: on


@click.command(
    name="campaign",
    epilog="Ends with 0 where all units conform, with 1 where one does not, and with 2 as long as one has no stored "
    "result.",
)
@with_options(*_OPTIONS)
@click.argument("plan", metavar="PLAN", type=click.Path(path_type=Path))
def command(plan: Path, **given: Any) -> int:
    """Run a plan of subjects, versions, compilers, targets and seeds on a cluster.

    PLAN is a TOML file. Every unit of it is a run of its own, whose result is stored once; the same command again runs
    what has none.
    """
    need_campaign()
    look()
    started, asked = datetime.now(UTC), read(_OPTIONS, given)
    from conformance.campaign.plan import located, read_plan
    from conformance.campaign.units import units
    from conformance.reports.files import try_file

    wanted = read_plan(plan)
    every = units(wanted)
    url = located(asked.get("store", ""), Path.cwd()) or wanted.store
    if not url:
        raise click.UsageError(f'{plan}: store is missing; add store = "FOLDER OR URL" there, or give --store')
    scheduler = asked.get("scheduler", "")
    if scheduler and "workers" in asked:
        raise click.UsageError("--workers is about a cluster of this machine; leave it out beside --scheduler")
    if "json" in asked:
        try_file(asked["json"])
    from conformance.campaign.store import ResultStore

    store = ResultStore(url)
    store.try_it()
    from conformance.campaign.document import CampaignAccount
    from conformance.campaign.outcome import UnitOutcome
    from conformance.campaign.worker import of_stored
    from conformance.cli import campaign_view

    by_name = {unit.name: unit for unit in every}

    def taken(names: Iterable[str]) -> dict[str, UnitOutcome]:
        """What is stored of these units."""
        there = store.names()
        results = store.results([name for name in names if name in there])
        return {name: of_stored(by_name[name], result, store) for name, result in results}

    earlier = taken(by_name)
    outcomes = {name: earlier.get(name, UnitOutcome(name, "pending", NOT_RUN)) for name in by_name}
    pending, quiet = [unit for unit in every if unit.name not in earlier], "quiet" in asked
    cluster = _cluster(scheduler, asked.get("workers"), pending, quiet=quiet)
    ended = campaign_view.conducted(cluster, every, outcomes, store.url, wanted.worker_wait, quiet=quiet)
    # What a worker has stored, and nobody was there any more to be told.
    outcomes |= taken(name for name, outcome in outcomes.items() if not outcome.is_stored)
    account = CampaignAccount(wanted, store, scheduler, every, outcomes, started, ended, len(earlier))
    if "json" in asked:
        from conformance.campaign.document import document
        from conformance.reports.files import write_text
        from conformance.reports.json_report import render

        write_text(asked["json"], render(document(account)))
    campaign_view.show(account, quiet=quiet)
    return account.exit_code


NOT_RUN = "it has not been run yet"
"""Why a unit has no result that nothing else is known of."""


def _cluster(scheduler: str, count: int | None, pending: Sequence[CampaignUnit], *, quiet: bool) -> OpenedCluster:
    from conformance.campaign import cluster
    from conformance.campaign.live import is_watched

    if not pending:
        return nullcontext()
    if scheduler:
        return cluster.remote(scheduler)
    count = min(count or len(os.sched_getaffinity(0)), len(pending))
    return cluster.local(count, pending, dashboard=is_watched(quiet=quiet))
