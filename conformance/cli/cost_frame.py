"""`abi-conformance cost frame`: the stack that a call takes, in a table a compiler, and the claims beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from conformance.cli.extras import need_cost
from conformance.cli.options import shared, with_options
from conformance.cli.output import as_json, show_missing, table

if TYPE_CHECKING:
    from conformance.cost.model import FrameResult, FrameTable

_SHOWN = (0, 1, 2, 3, 4, 8, 16, 32, 64)
_SPLIT = 3
_APART = 12
"""Frames of which the ways say different things that are shown."""


@click.command(name="frame")
@with_options(shared("compiler", help="A compiler, such as 'gcc:-O2 -m32'", usual="all usual"))
@click.option("--json", "machine", is_flag=True, help="As JSON.")
def command(compiler: tuple[str, ...], machine: bool) -> int:
    """Stack bytes of a call over 0 to 64 arguments, split by use; ends with 1 if the ways to them disagree."""
    need_cost()
    from conformance.cost.document import frame_document
    from conformance.cost.frame import measure

    result = measure(compiler)
    if machine:
        as_json(frame_document(result))
    else:
        _show(result)
    frames = [frame for table in result.tables for curve in table.curves for frame in curve.frames]
    return int(not all(frame.agrees for frame in frames))


def _show(result: FrameResult) -> None:
    from conformance.cost.claims import frame_claims

    for one in result.tables:
        _show_table(one)
    claims = frame_claims(result)
    if claims:
        click.echo("Claims, on 32-bit targets (text: its figure for 3 arguments)")
        table([("", "on", "claimed", "text", "slope", "holds", "answer")]
              + [
                  (c.id, c.configuration, c.formula, "/".join(map(str, c.stated)), f"{c.found.slope:g}",
                   f"{_yes(c.slope_holds)}, {_yes(c.intercept_holds)}", c.answer)
                  for c in claims
              ])  # fmt: skip
    show_missing(result.missing)


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _show_table(one: FrameTable) -> None:
    from conformance.cost.model import CONVENTIONS

    settings = one.configuration
    click.echo(f"{settings.spec} · {settings.version} · {settings.target}: bytes of stack for n arguments")
    shown = [n for n in _SHOWN if n in {frame.n for frame in one.curves[0].frames}]
    rows = [("", *map(str, shown), "line", "without alignment")]
    for curve in one.curves:
        sizes = {frame.n: str(frame.bytes) for frame in curve.frames}
        lines = [f"{line.slope:g}n {line.intercept:+g}" for line in (curve.compiled, curve.unaligned)]
        rows.append((CONVENTIONS[curve.convention], *(sizes[n] for n in shown), *lines))
    table(rows)
    parts = ("values", "codes", "pointers", "returned", "count_handle", "saved", "alignment", "other")
    split = [
        (CONVENTIONS[curve.convention], *(str(getattr(frame.parts, part)) for part in parts), str(frame.bytes))
        for curve in one.curves
        for frame in curve.frames
        if frame.n == _SPLIT
    ]
    if split:
        click.echo(f"what the bytes are for at n = {_SPLIT}:")
        table([("", *(part.replace("_", ", ") for part in parts), "all"), *split])
    _show_ways(one)
    click.echo()


def _show_ways(one: FrameTable) -> None:
    from conformance.cost.cross_check import cross_check, disagreements

    frames = [frame for curve in one.curves for frame in curve.frames]
    click.echo(f"other ways beside the compiler's {len(frames)} figures:")
    table([(f"  {way.name}", str(way)) for way in cross_check(one)])
    apart = disagreements(one)
    alone = sum(frame.realigned for frame in frames)
    click.echo(
        f"all ways that can tell agree on {len(frames) - len(apart) - alone} of {len(frames)}"
        + (f"; {alone} rest on the compiler's word" if alone else "")
    )
    for line in apart[:_APART]:
        click.echo(f"  {line}")
    if len(apart) > _APART:
        click.echo(f"  and {len(apart) - _APART} more, all of them in --json")
