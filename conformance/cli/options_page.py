"""Writes docs/options.md, the page of all options of `run` and of pytest, from the options."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.model.option import Option, Scope
from conformance.model.options import OPTIONS

_HEAD = """\
# Options of a run

Made from `conformance/model/options.py` by `python3 dev.py docs`: edit the options, not this page. An empty value is
refused, as an unset variable of a script leaves it. What follows `--` goes to pytest. Those of the first table are
those of both runs of `--against`."""

_SCOPES: dict[Scope, str] = {
    "both": "What is run",
    "run": "Of which subject, and what fails",
    "report": "What is shown and written",
}


def page() -> str:
    """The text of the page, in Markdown."""
    return "\n".join([_HEAD, *(line for scope in _SCOPES for line in _section(scope))]) + "\n"


def _section(scope: Scope) -> Iterator[str]:
    yield from ("", f"## {_SCOPES[scope]}", "", "| `run` | pytest | means |", "|---|---|---|")
    for option in OPTIONS:
        if option.scope == scope:
            yield f"| {_typed(option)} | {_under_pytest(option)} | {_escaped(option.explained)} |"


def _typed(option: Option) -> str:
    words = ", ".join(filter(None, (option.short, option.run_word)))
    return f"`{_escaped(f'{words} {option.metavar}'.rstrip())}`"


def _under_pytest(option: Option) -> str:
    return "" if option.only_run else f"`{option.pytest_word}`"


def _escaped(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    print(page(), end="")
