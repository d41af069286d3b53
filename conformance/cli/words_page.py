"""Writes docs/words.md, the page of all that `explain` knows but for the checks, from where it stands in the code."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.cli.explain import Sort, sorts
from conformance.reports.summary import EXIT_WORDS

_HEAD = """\
# Words

Made from the code by `python3 dev.py docs`: edit what it tells of, not this page. `abi-conformance explain WORD` says
the same of one word. [checks.md](checks.md) has the checks, [glossary.md](glossary.md) the terms."""

_SHOWN = ("verdict", "mismatch class", "kind", "policy of a rules table", "rules table")


def page() -> str:
    """The text of the page, in Markdown."""
    known = {sort.what: sort for sort in sorts()}
    return "\n".join([_HEAD, *_exit_codes(), *(line for what in _SHOWN for line in _section(known[what]))]) + "\n"


def _exit_codes() -> Iterator[str]:
    yield from ("", "## Exit codes", "", "| code | word |", "|---|---|")
    for code, word in enumerate(EXIT_WORDS):
        yield f"| {code} | {word} |"
    yield from ("", "[usage.md](usage.md#exit-codes) says when each is given.")


def _section(sort: Sort) -> Iterator[str]:
    yield from ("", f"## {sort.plural.capitalize()}")
    for word in sort.words:
        yield from ("", f"### {word}", "")
        for label, text in sort.lines(word):
            if text:
                yield f"- {label}: {_plain(text)}"


def _plain(text: str) -> str:
    """A text in which nothing is Markdown's own; one that is a pattern is code."""
    return f"`{text}`" if "\\" in text else text.replace("*", r"\*").replace("<", r"\<")


if __name__ == "__main__":
    print(page(), end="")
