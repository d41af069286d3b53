"""`abi-conformance cost`: what a convention costs, in stack bytes, machine code and time."""

from __future__ import annotations

import click

from conformance.cli import cost_call, cost_frame, cost_inline, cost_report


@click.group(name="cost")
def command() -> None:
    """What a convention costs: stack bytes, machine code, time, and the claims beside them."""


command.add_command(cost_frame.command)
command.add_command(cost_inline.command)
command.add_command(cost_call.command)
command.add_command(cost_report.command)
