"""The table of pairs and what only one side sees, as Markdown between the markers of docs/static-checkers.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.checkers.tools import STANDARD, ToolReport
from conformance.reports.summary import plural

PAGE = Path(__file__).resolve().parents[2] / "docs" / "static-checkers.md"
BEGIN, END = "<!-- pairs: begin, written by python -m benchmarks.checkers -->", "<!-- pairs: end -->"

MOST = 5
"""Things that are named in a cell; more are counted."""

NOT_RUN = "not run"
QUIET = ("nothing", "additions", "no change", "compatible", "compatible with risk")
"""Verdicts of both tools by which nothing breaks."""

COLUMNS = (("abidiff", "wheels"), ("abidiff", "probes"), ("abicheck", "wheels"), ("abicheck", "probes"))
"""The tools, and what they are shown."""


@dataclass(frozen=True)
class ReleasePair:
    """Two neighbouring releases: what each tool says of wheels and of probes, or why nothing, and what calls say."""

    old: str
    new: str
    said: Mapping[tuple[str, str], ToolReport | str]
    calls: str
    probed: frozenset[str]

    @property
    def alone(self) -> dict[str, list[str]]:
        """Of the things that a probe names, those that only one of the two tools calls changed."""
        told = {tool: self.said[tool, "probes"] for tool in ("abidiff", "abicheck")}
        things = {tool: set(says.changed) & self.probed for tool, says in told.items() if isinstance(says, ToolReport)}
        if len(things) < len(told):
            return {}
        return {tool: sorted(things[tool].difference(*(things[o] for o in things if o != tool))) for tool in things}


def calls_of(document: Mapping[str, Any], old: str, new: str) -> str:
    """What calls found where code built against `old` runs on `new`, in a document of `compat --json`.

    Causes are told by the end of their keys: what was called, and where it went wrong.
    """
    cells = (cell for row in document.get("on_runtimes", ()) for cell in row)
    found = next((cell for cell in cells if (cell["caller"], cell["runtime"]) == (old, new)), None)
    if found is None or found["status"] == "not-run":
        return NOT_RUN
    causes = dict.fromkeys(f"`{cause['key'].rpartition('::')[2]}`" for cause in found["causes"])
    more = [f"{len(causes) - MOST} more"] if len(causes) > MOST else []
    told = ", ".join([*list(causes)[:MOST], *more])
    return f"**{found['status']}**: {told}" if told else found["status"]


def text(pairs: Sequence[ReleasePair], yanked: Sequence[str], tools: Mapping[str, str], command: str) -> str:
    """What stands between the markers."""
    return "\n".join(_lines(pairs, yanked, tools, command))


def write(between: str) -> None:
    """Put the text between the markers of the page."""
    page = PAGE.read_text("utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE} has no markers to write between; put `{BEGIN}` and `{END}` where the table is to be")
    PAGE.write_text(f"{before}{BEGIN}\n\n{between}\n\n{END}{after}", "utf-8")


def _lines(
    pairs: Sequence[ReleasePair], yanked: Sequence[str], tools: Mapping[str, str], command: str
) -> Iterator[str]:
    yield f"`{command}`, with {', '.join(tools.values())}. Yanked releases are in *italics*."
    yield ""
    yield f"| code of → on | {' | '.join(f'{tool}, {shown}' for tool, shown in COLUMNS)} | calls |"
    yield "|---|---|---|---|---|---|"
    quiet = [pair for pair in pairs if not _is_told(pair)]
    for pair in pairs:
        if pair not in quiet:
            cells = (_cell(pair.said[column], pair) for column in COLUMNS)
            yield f"| {_pair(pair, yanked)} | {' | '.join(cells)} | {pair.calls} |"
    yield ""
    if quiet:
        yield f"No break, in the words of either, between {', '.join(_pair(pair, yanked) for pair in quiet)}."
        yield ""
    yield "| of what a probe names, changed for one of the two alone | abidiff | abicheck |"
    yield "|---|---|---|"
    for pair in pairs:
        if any(pair.alone.values()):
            yield f"| {_pair(pair, yanked)} | {_named(pair.alone['abidiff'])} | {_named(pair.alone['abicheck'])} |"


def _is_told(pair: ReleasePair) -> bool:
    """Whether anybody says of a pair that something breaks or may, or why they can say nothing."""
    by_tools = any(isinstance(says, str) or says.verdict not in QUIET for says in pair.said.values())
    return by_tools or pair.calls not in (NOT_RUN, "works", "news")


def _pair(pair: ReleasePair, yanked: Sequence[str]) -> str:
    return " → ".join(f"*{version}*" if version in yanked else version for version in (pair.old, pair.new))


def _cell(says: ToolReport | str, pair: ReleasePair) -> str:
    if isinstance(says, str):
        return says.replace("|", "\\|")
    crossing = {
        name: size
        for name, size in says.changed.items()
        if name in pair.probed or (size == "gone" and name != STANDARD)
    }
    named = [
        f"{name} {size}".strip() for name, size in sorted(crossing.items(), key=lambda item: (not item[1], item[0]))
    ]
    rest = len(says.changed) - len(crossing)
    parts = [_named(named)] if named else []
    parts += [plural(rest, "other")] if rest else []
    parts += [f"{says.added} new"] if says.added else []
    return f"**{says.verdict}**{': ' if parts else ''}{'; '.join(parts)}"


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST
    return ", ".join([*names[:MOST], *([f"{more} more"] if more > 0 else [])])
