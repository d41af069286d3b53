"""Writes docs/checks.md, the page that says of every check what it looks at and what it cannot see, from the checks."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks import CHECKS, Check

_HEAD = """\
# What is checked

Made from `conformance/checks/` by `python3 dev.py docs`: edit the checks, not this page. `abi-conformance explain WORD`
says what a verdict or a mismatch class means. A case *passes* where its verdict is one of those named; every check has
a runtime in `c_fixtures/broken/` or `tests/called/` that fails it.

Runtimes that behave alike in every call conform alike. What a call does not show is the runtime's own business: how
much memory it holds, how it computes what it does, and what it does once memory has run out. So are the words of an
error beside the argument's index and the names that its rules ask for, which of several wrong fields of one tensor it
finds first, and what a rejected call leaves where the value was to go.

| check | requirement |
|---|---|"""


def page() -> str:
    """The text of the page, in Markdown."""
    rows = [f"| [{check.id}](#{check.id.lower()}) | {check.requirement} |" for check in CHECKS.values()]
    sections = [line for check in CHECKS.values() for line in _section(check)]
    return "\n".join([_HEAD, *rows, *sections]) + "\n"


def _section(check: Check) -> Iterator[str]:
    yield from ("", f"## {check.id}", "", check.why, "")
    yield f"- requires: {check.requirement}"
    yield f"- looks at: {check.looks_at}"
    yield f"- cannot see: {check.cannot_see}"
    yield f"- cases of: {', '.join(f'`{cls}`' for cls in check.classes)}"
    yield f"- passes: {', '.join(f'`{verdict}`' for verdict in check.passes)}"
    what = " compiled" if check.stubs else ""
    yield f"- applies to:{what} subjects with the convention {' or '.join(check.conventions)}"


if __name__ == "__main__":
    print(page(), end="")
