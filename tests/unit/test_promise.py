"""The promise of docs/release.md: what earlier versions wrote is read, and what the last release promised is kept."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commandline import BROKEN, CommandLine
from tests.unit.promised import NAMES, READ, STORED, broken, names, schemas

RESULTS = Path(__file__).parents[1] / "data" / "results"
PROMISED = {path.name: json.loads(path.read_text("utf-8")) for path in STORED.glob("*.json") if path.name != NAMES}


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    (tmp_path / "here").mkdir()
    return CommandLine(tmp_path / "here", tmp_path / "cache")


def of(name: str) -> Path:
    return RESULTS / f"{name}.json"


@pytest.mark.parametrize(
    ("new", "code", "says"),
    [
        ("schema-2", 0, "nothing changed"),
        ("schema-2-later", 1, "match::packed::tcc>tcc::match      not-run → false-alarm"),
    ],
)
def test_an_earlier_result_is_compared_with_a_later_one(cli: CommandLine, new: str, code: int, says: str) -> None:
    ended = cli("diff", of("schema-1"), of(new))
    assert (ended.returncode, ended.stderr) == (code, "")
    assert says in ended.stdout


@pytest.mark.compiler("tcc")
@pytest.mark.parametrize(("old", "subject"), [("schema-1", "int-for-f64"), ("schema-2-later", "rejects-no-arrays")])
def test_a_finding_of_an_earlier_result_is_made_again_under_its_key_and_id(
    cli: CommandLine, old: str, subject: str
) -> None:
    (finding,) = json.loads(of(old).read_text("utf-8"))["findings"]
    ended = cli("replay", of(old), "--subject", BROKEN / subject / "subject.toml", "--json")
    assert ended.returncode == 1, ended.stderr
    again = json.loads(ended.stdout)
    assert again["verdict"] == again["recorded"] == finding["verdict"]
    assert (again["id"], again["key"], again["required"]) == (finding["id"], finding["key"], finding["required"])


def test_shards_of_an_earlier_version_are_merged(cli: CommandLine) -> None:
    ended = cli("merge", of("shard-1"), of("shard-2"))
    assert (ended.returncode, ended.stderr) == (0, "")
    result = cli.result()
    shards = [json.loads(of(name).read_text("utf-8")) for name in ("shard-1", "shard-2")]
    assert result["counts"]["judged"] == sum(shard["counts"]["judged"] for shard in shards) > 0
    assert {check["id"] for check in result["checks"] if check["status"] == "pass"} == {
        "X0-LAYOUT", "X0-NULL", "X0-ERROR"
    }  # fmt: skip


def test_a_name_that_was_promised_is_still_there() -> None:
    now = names()
    for group, promised in json.loads((STORED / NAMES).read_text("utf-8")).items():
        assert promised and set(promised) <= set(now[group]), group


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_a_schema_keeps_what_it_promised(name: str) -> None:
    assert list(broken(PROMISED[name], schemas()[name], read=Path(name).stem in READ)) == []


@pytest.mark.parametrize(
    ("way", "key", "value", "places"),
    [
        (("properties",), "seed", None, ["/properties/seed"]),
        (("properties", "tool", "properties"), "version", None, ["/properties/tool/properties/version"]),
        (("properties", "seconds"), "type", "string", ["/properties/seconds/type"]),
        ((), "required", ["schema"], ["/required"]),
        (("$defs", "verdict"), "enum", ["intact"], ["/$defs/verdict/enum"]),
        (("properties", "findings"), "maxItems", 9, ["/properties/findings/maxItems"]),
        (("properties",), "more", {"type": "string"}, []),
        (("$defs", "verdict"), "enum", [*PROMISED["result-2.json"]["$defs"]["verdict"]["enum"], "more"], []),
        ((), "title", "other words", []),
    ],
)
def test_what_a_change_breaks_is_told(way: tuple[str, ...], key: str, value: Any, places: list[str]) -> None:
    changed = deepcopy(PROMISED["result-2.json"])
    at: dict[str, Any] = changed
    for step in way:
        at = at[step]
    if value is None:
        del at[key]
    else:
        at[key] = value
    assert list(broken(PROMISED["result-2.json"], changed, read=False)) == places


def test_a_document_that_users_write_may_be_allowed_more_and_not_be_asked_more() -> None:
    old = {"type": "string", "required": ["a"], "properties": {}}
    assert list(broken(old, {"type": ["string", "null"], "required": [], "properties": {"b": {}}}, read=True)) == []
    assert list(broken(old, {**old, "required": ["a", "b"]}, read=True)) == ["/required"]
    assert list(broken(old, {**old, "type": "integer"}, read=True)) == ["/type"]
    assert list(broken(old, {**old, "additionalProperties": False}, read=True)) == ["/additionalProperties"]
