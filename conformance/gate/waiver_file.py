"""Writes waiver files: new entries, entries dropped or rewritten, with comments and order as they were."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import tomlkit
from tomlkit.items import AoT, InlineTable, Table

from conformance.gate.entries import missing
from conformance.gate.waivers import Waiver, covers
from conformance.model.case import canonical

_SAY_WHY = "say why; a run refuses it empty"


def render(waivers: Iterable[Waiver]) -> str:
    """Entries as TOML."""
    blocks = []
    for waiver in waivers:
        table = tomlkit.table()
        table["key"], table["verdict"], table["reason"] = waiver.key, waiver.verdict, waiver.reason
        if not waiver.reason:
            table["reason"].comment(_SAY_WHY)
        for name in ("versions", "built", "runtime"):
            if text := getattr(waiver, name):
                table[name] = text
        if waiver.expires:
            table["expires"] = waiver.expires
        if waiver.profiles:
            table["profiles"] = list(waiver.profiles)
        if waiver.witness:
            text = canonical(waiver.witness.to_json())
            table["witness"] = tomlkit.string(text, literal="'" not in text)
        blocks.append(f"[[waiver]]\n{table.as_string()}")
    return "\n".join(blocks)


def to_paste(finding: Mapping[str, Any]) -> list[str]:
    """The lines of an entry that excuses a finding, without its witness; one for further marks is only told of."""
    entries = missing({"findings": [finding]})
    if not entries:
        return []
    shown = next((entry for entry in entries if covers(entry.key, finding["key"])), entries[0])
    lines = render([replace(shown, witness=None)]).splitlines()
    more = len(entries) - 1
    if more:
        lines.append(f"# and {more:,} more: abi-conformance waivers update")
    return lines


def without(text: str, dropped: Sequence[Waiver]) -> str:
    """A waiver file's text without some of its entries; what stands above an entry goes with it."""
    return rewritten(text, {waiver.place: () for waiver in dropped})


def rewritten(text: str, keys: Mapping[int, Sequence[str]]) -> str:
    """A waiver file's text with other keys for some entries, by place: an entry for each, none if there is none."""
    document = tomlkit.parse(text)
    entries = document.get("waiver")
    if not isinstance(entries, AoT):
        return _inline(document, keys)
    blocks, end = _blocks(tomlkit.dumps(document), len(entries))
    out = []
    for place, block in enumerate(blocks, 1):
        wanted = keys.get(place)
        if wanted is None:
            out.append(block.above + block.entry)
        elif wanted:
            out.append(block.above + "\n".join(_with_key(block.entry, key) for key in wanted))
    return (("".join(out) + end).strip("\n") + "\n") if out or end.strip() else "\n"


@dataclass(frozen=True)
class _Block:
    """The text of one entry, and the comments and blank lines that stand above it."""

    above: str
    entry: str


def _blocks(text: str, count: int) -> tuple[list[_Block], str]:
    """The entries of a file with what is behind the last of them."""
    ends = [len(_first(text, places)) for places in range(1, count)] + [len(text)]
    header = re.search(r"^\[\[waiver\]\]", text, re.MULTILINE)
    assert header is not None
    start = header.start()
    above, blocks = text[:start], []
    for end in ends:
        lines = text[start:end].splitlines(keepends=True)
        last = max(at for at, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
        blocks.append(_Block(above, "".join(lines[: last + 1])))
        above, start = "".join(lines[last + 1 :]), end
    return blocks, above


def _first(text: str, count: int) -> str:
    """A file's text up to the end of the first entries."""
    document = tomlkit.parse(text)
    entries = document["waiver"]
    assert isinstance(entries, AoT)
    while len(entries) > count:
        del entries[-1]
    return tomlkit.dumps(document)


def _with_key(entry: str, key: str) -> str:
    document = tomlkit.parse(entry)
    (table,) = document["waiver"]
    assert isinstance(table, Table)
    table["key"] = key
    return tomlkit.dumps(document)


def _inline(document: tomlkit.TOMLDocument, keys: Mapping[int, Sequence[str]]) -> str:
    """A file's text with other keys where its entries are written as one list of inline tables."""
    entries = document.get("waiver", [])
    for place in sorted(keys, reverse=True):
        table = entries[place - 1]
        assert isinstance(table, InlineTable)
        for key in reversed(keys[place]):
            further = copy.deepcopy(table)
            further["key"] = key
            entries.insert(place, further)
        del entries[place - 1]
    return tomlkit.dumps(document)
