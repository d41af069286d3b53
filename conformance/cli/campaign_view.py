"""Shows a campaign on a terminal: how far it is, the causes with the units that they hit, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

import click

from conformance.campaign.cluster import ClusterError, OpenedCluster
from conformance.campaign.conduct import conduct
from conformance.campaign.document import CampaignAccount
from conformance.campaign.live import LiveTable
from conformance.campaign.merge import CampaignCause, counted
from conformance.campaign.outcome import STATUSES, UnitOutcome
from conformance.campaign.units import CampaignUnit
from conformance.cli.output import table
from conformance.reports.summary import EXIT_WORDS, plural

_MOST_UNITS = 5
_MOST_WHYS = 20


def conducted(
    cluster: OpenedCluster,
    units: Sequence[CampaignUnit],
    outcomes: dict[str, UnitOutcome],
    store: str,
    worker_wait: float,
    *,
    quiet: bool,
) -> str:
    """Run what is pending on a cluster, if there is one, and note in `outcomes` what it comes to.

    Gives why it ended early, "" where it did not. Raises ClusterError where there is no cluster to begin with.
    """
    known = [outcome for outcome in outcomes.values() if outcome.status != "pending"]
    pending = [unit for unit in units if outcomes[unit.name].status == "pending"]
    begun = False
    try:
        with cluster as client:
            begun = True
            if not quiet:
                kept = f"{plural(len(known), 'unit')} of earlier calls, " if known else ""
                click.echo(f"{kept}{plural(len(pending), 'unit')} to run", err=True)
            if client is None:
                return ""
            page = f"dashboard {client.dashboard_link}" if client.dashboard_link else ""
            with LiveTable(units, known, page, quiet=quiet) as live:

                def told(unit: CampaignUnit, outcome: UnitOutcome) -> None:
                    outcomes[unit.name] = outcome
                    live.told(unit, outcome)

                return conduct(client, pending, store, worker_wait, told)
    except KeyboardInterrupt:
        return "interrupted"
    except ClusterError as error:
        if not begun:
            raise
        return str(error)


def show(account: CampaignAccount, *, quiet: bool) -> None:
    """Print everything."""
    if not quiet:
        table([("plan", str(account.plan.path)), ("store", account.store.url), ("units", f"{len(account.units):,}")])
    for cause in account.causes:
        if not (quiet and cause.waived_by):
            _show_cause(cause)
    _list_whys(account)
    if account.ended:
        click.echo(f"\nended early: {account.ended}")
    click.secho(f"\n{_verdict(account)}", bold=True)


def _show_cause(cause: CampaignCause) -> None:
    first = cause.first.cause
    word = "WAIVED" if cause.waived_by else first.verdict.upper()
    more = f" and {cause.findings - 1} more" if cause.findings > 1 else ""
    click.secho(f"\n{word}  {first.check}  {first.key}{more}", fg="yellow" if cause.waived_by else "red", bold=True)
    others = len(cause.units) - _MOST_UNITS
    told = "; ".join(map(str, cause.units[:_MOST_UNITS])) + (
        f" and {plural(others, 'unit')} more" if others > 0 else ""
    )
    lines = [("subject", cause.first.subject), ("units", told), ("required", first.required)]
    lines += [("observed", first.observed), ("replay", first.replay)]
    lines += [("waived by", cause.waived_by)] if cause.waived_by else []
    for label, text in lines:
        click.echo(f"    {label:<10} {text}")


def _list_whys(account: CampaignAccount) -> None:
    """What keeps units from being stored, each reason once with the units' names."""
    whys: dict[tuple[str, str], list[str]] = {}
    for unit in account.units:
        outcome = account.outcomes[unit.name]
        if outcome.why:
            whys.setdefault((STATUSES[outcome.status], outcome.why), []).append(str(unit))
    rows = [
        (f"{plural(len(named), 'unit')} {status}", "; ".join(named[:_MOST_UNITS]) + _more(named), why)
        for (status, why), named in whys.items()
    ]
    if rows:
        click.echo("")
        table(rows[:_MOST_WHYS])
    if len(rows) > _MOST_WHYS:
        click.echo(f"and {len(rows) - _MOST_WHYS} more, which --json has")


def _more(named: Sequence[str]) -> str:
    return f" and {len(named) - _MOST_UNITS} more" if len(named) > _MOST_UNITS else ""


def _verdict(account: CampaignAccount) -> str:
    """The last line: in a word, and the figures."""
    outcomes = list(account.outcomes.values())
    statuses = [outcome.status for outcome in outcomes]
    conforming, bad = statuses.count("conforming"), statuses.count("nonconforming")
    missing = len(statuses) - conforming - bad
    parts = [f"{conforming:,} of {plural(len(statuses), 'unit')} conform"]
    parts += [f"{bad:,} nonconforming"] if bad else []
    parts += [f"{missing:,} without a stored result, which the same command runs"] if missing else []
    calls = counted(outcomes)["executed"]
    return f"{EXIT_WORDS[account.exit_code]}: {', '.join(parts)}; {calls:,} calls"
