"""`abi-conformance explain`: one word of the suite in a few lines, or all the words that it knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import click

from conformance import checks
from conformance.cli import meanings, suggest
from conformance.model.case import CLASSES, STANDINGS
from conformance.model.kinds import DECLARABLE, KINDS
from conformance.model.verdict import VERDICTS

Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Sort:
    """One sort of words: what a word of it is called, all of them, and the lines that explain one."""

    what: str
    plural: str
    words: tuple[str, ...]
    lines: Callable[[str], Rows]


@click.command(name="explain")
@click.argument("word", metavar="[WORD]", required=False)
def command(word: str | None) -> int:
    """What a word means, why it matters, and what passes.

    WORD is a check, a verdict, a mismatch class, a kind, a rules table or a policy. Without it all words are listed.
    """
    known = sorts()
    if word is None:
        for sort in known:
            _show(sort.plural, ", ".join(sort.words))
        return 0
    for sort in known:
        name = next((each for each in sort.words if each.lower() == word.lower()), None)
        if name is not None:
            click.echo(f"{name}  ({sort.what})")
            for label, text in sort.lines(name):
                _show(f"  {label}", text)
            return 0
    every = [each for sort in known for each in sort.words]
    what = "check, verdict, mismatch class, kind, rules table or policy"
    raise click.UsageError(f"'{word}' is no {what}; {_hint(word, every)}")


def _hint(word: str, every: list[str]) -> str:
    hint = suggest(word, every)
    return hint if hint.startswith("did you mean") else "'abi-conformance explain' lists all words"


def _show(label: str, text: str) -> None:
    click.echo(f"{label:<16}{text}".rstrip())


def sorts() -> tuple[Sort, ...]:
    """All words that can be explained, by sort."""
    from conformance.model.schema import schema
    from conformance.rules.load import names

    policy = schema("rules")["$defs"]["policy"]["properties"]
    return (
        Sort("check", "checks", tuple(checks.CHECKS), _check),
        Sort("cost check", "cost checks", tuple(meanings.COSTS), _cost),
        Sort("verdict", "verdicts", tuple(VERDICTS), _verdict),
        Sort("mismatch class", "classes", tuple(CLASSES), _class),
        Sort("kind", "kinds", (*KINDS, "none"), _kind),
        Sort("rules table", "rules tables", tuple(names()), _rules),
        Sort("policy of a rules table", "policies", tuple(policy), partial(_policy, policy)),
    )


def _check(name: str) -> Rows:
    check = checks.CHECKS[name]
    return [
        ("requires", check.requirement),
        ("matters", check.why),
        ("looks at", check.looks_at),
        ("cannot see", check.cannot_see),
        ("cases of", ", ".join(check.classes)),
        ("passes", ", ".join(check.passes)),
        ("applies", "to subjects with the convention " + " or ".join(check.conventions)),
    ]


def _cost(name: str) -> Rows:
    requirement, why = meanings.COSTS[name]
    return [("requires", requirement), ("matters", why), ("passes", "that share")]


def _verdict(name: str) -> Rows:
    passing = [check.id for check in checks.CHECKS.values() if name in check.passes]
    return [
        ("means", VERDICTS[name]),
        ("matters", meanings.VERDICTS.get(name, "")),
        ("passes", "can pass in " + ", ".join(passing) if passing else "nowhere"),
    ]


def _class(name: str) -> Rows:
    feeds = [check for check in checks.CHECKS.values() if name in check.classes]
    lines = [
        ("means", CLASSES[name]),
        ("matters", meanings.CLASSES.get(name, "")),
        ("feeds", ", ".join(check.id for check in feeds) or "no check"),
    ]
    standing = STANDINGS[name]
    if standing.counted:
        what = "a blind spot: counted" if standing.blind else "counted"
        lines.append(("passes", f"{what}, and no failure unless the subject claims to detect it"))
    elif standing.blind:
        lines.append(("passes", "a blind spot, as no code tells it; but what arrives must be what the rules say"))
    else:
        lines.append(("passes", ", ".join(dict.fromkeys(verdict for check in feeds for verdict in check.passes))))
    return lines


def _kind(name: str) -> Rows:
    from conformance.rules.load import load, names

    packed = []
    for table in names():
        rules = load(table)
        if name in rules.packs_as:
            packed.append(f"{rules.packs_as[name]} ({rules.codes[rules.packs_as[name]]}) in {table}")
    travels = ", ".join(packed) or "in no table that ships"
    if name not in KINDS:
        return [("means", "the return of a function that returns nothing; no kind of argument"), ("code", travels)]
    kind = KINDS[name]
    where = "as an argument and as a return" if name in DECLARABLE else "by a caller only; no callee declares it"
    return [
        ("means", meanings.KINDS[name]),
        ("in C", f"{kind.c_type}, {kind.width_in()} bytes"),
        ("used", where),
        ("code", travels),
    ]


def _rules(name: str) -> Rows:
    from conformance.rules.load import load

    rules = load(name)
    codes = ", ".join(f"{code} {number}" for code, number in sorted(rules.codes.items(), key=lambda pair: pair[1]))
    lines = [("codes", codes)]
    for kind in (*rules.kinds, *rules.custom_declarable):
        accepted = rules.accept[kind]
        exact = [code for code in accepted if accepted[code] == "exact"]
        coerced = [code for code in accepted if accepted[code] == "coerce"]
        lines.append((kind, f"accepts {', '.join(exact)}" + (f"; converts {', '.join(coerced)}" if coerced else "")))
    return lines


def _policy(properties: Mapping[str, Any], name: str) -> Rows:
    says = properties[name]
    values = [str(value) for value in says.get("enum", ())]
    default = meanings.default_of_policy(name)
    return [
        ("means", says["description"]),
        ("values", ", ".join(values) if values else says["title"]),
        ("default", default),
        ("stands in", "[policy] of a rules table, or of subject.toml, which overrides the table's"),
    ]
