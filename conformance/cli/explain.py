"""`abi-conformance explain`: a check, a verdict or a mismatch class in a few lines."""

from __future__ import annotations

import click

from conformance import checks
from conformance.cli import meanings, suggest
from conformance.model.case import CLASSES, STANDINGS
from conformance.model.verdict import VERDICTS


@click.command(name="explain")
@click.argument("topic", metavar="CHECK|VERDICT|CLASS")
def command(topic: str) -> int:
    """What a check, a verdict or a mismatch class means, why it matters, and what passes."""
    if topic.upper() in checks.CHECKS:
        lines = _check(checks.CHECKS[topic.upper()])
    elif topic.upper() in meanings.COSTS:
        requirement, why = meanings.COSTS[topic.upper()]
        lines = [
            (topic.upper(), "cost check"),
            ("  requires", requirement),
            ("  matters", why),
            ("  passes", "that share"),
        ]
    elif topic.lower() in VERDICTS:
        lines = _verdict(topic.lower())
    elif topic.lower() in CLASSES:
        lines = _class(topic.lower())
    else:
        known = [*checks.CHECKS, *meanings.COSTS, *VERDICTS, *CLASSES]
        raise click.UsageError(f"'{topic}' is no check, verdict or mismatch class; {suggest(topic, known)}")
    (name, what), *rows = lines
    click.echo(f"{name}  ({what})")
    for label, text in rows:
        click.echo(f"{label:<12}{text}".rstrip())
    return 0


def _check(check: checks.Check) -> list[tuple[str, str]]:
    return [
        (check.id, "check"),
        ("  requires", check.requirement),
        ("  matters", check.why),
        ("  cases of", ", ".join(check.classes)),
        ("  passes", ", ".join(check.passes)),
        ("  applies", "to subjects with the convention " + " or ".join(check.conventions)),
    ]


def _verdict(name: str) -> list[tuple[str, str]]:
    passing = [check.id for check in checks.CHECKS.values() if name in check.passes]
    return [
        (name, "verdict"),
        ("  means", VERDICTS[name]),
        ("  matters", meanings.VERDICTS.get(name, "")),
        ("  passes", "can pass in " + ", ".join(passing) if passing else "nowhere"),
    ]


def _class(name: str) -> list[tuple[str, str]]:
    feeds = [check.id for check in checks.CHECKS.values() if name in check.classes]
    lines = [
        (name, "mismatch class"),
        ("  means", CLASSES[name]),
        ("  matters", meanings.CLASSES.get(name, "")),
        ("  feeds", ", ".join(feeds) or "no check"),
    ]
    standing = STANDINGS[name]
    if standing.counted:
        what = "a blind spot: counted" if standing.blind else "counted"
        lines.append(("  passes", f"{what}, and no failure unless the subject claims to detect it"))
    elif standing.blind:
        lines.append(("  passes", "a blind spot, as no code tells it; but what arrives must be what the rules say"))
    else:
        passes = dict.fromkeys(
            verdict for check in checks.CHECKS.values() if check.id in feeds for verdict in check.passes
        )
        lines.append(("  passes", ", ".join(passes)))
    return lines
