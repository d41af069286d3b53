"""What an option of `run` is: how it is written, what its values are, and the sentence for a value that is wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from conformance.model.errors import UserError

EMPTY = "is empty; give it a value, or leave it out"
"""What is wrong with a blank value: an unset variable of a script must not become the default."""

Scope = Literal["both", "run", "report"]
"""What an option is about: both runs of `--against` alike, this run alone, or what is shown and written of it."""


T = TypeVar("T")

_OPTION = "option"


class OptionError(UserError):
    """An option that cannot be read; the message is one sentence with the option and the hint."""


class Option(NamedTuple):
    """One option of `run`, and of pytest with `--abi-` before its name.

    Without a `metavar` it is a flag. `parse` turns the text of a value into the value; its ValueError says what is
    wrong and what mends it. `usual` is the default in words, where the value does not say it.

    `word` and `pytest` are how `run` and pytest write it, where that is not `--NAME` and `--abi-NAME`; `short` is how
    `run` writes it too. With `pytest` it is an option of pytest's own, which the plugin does not declare; `only_run`
    says why pytest cannot have it.

    `field` is the field of a dataclass that holds its value, and `default` that field's; `options_of` fills them in. It
    is a named tuple, which takes a tenth of a frozen dataclass to make: every start of pytest pays for it.
    """

    name: str
    metavar: str
    help: str
    parse: Callable[[str], Any] = str
    scope: Scope = "both"
    repeatable: bool = False
    usual: str = ""
    word: str = ""
    short: str = ""
    pytest: str = ""
    only_run: str = ""
    field: str = ""
    default: Any = None

    @property
    def key(self) -> str:
        """What it is called where names have no hyphens."""
        return self.name.replace("-", "_")

    @property
    def run_word(self) -> str:
        """How `run` writes it: `--seed`, `-n`."""
        return self.word or f"--{self.name}"

    @property
    def pytest_word(self) -> str:
        """How pytest writes it: `--abi-seed`, `--junitxml`."""
        return self.pytest or f"--abi-{self.name}"

    @property
    def explained(self) -> str:
        """The help text, with the default."""
        usual = self.usual or (str(self.default) if isinstance(self.default, str | Path) else "")
        notes = [*(["repeatable"] if self.repeatable else []), *([f"default: {usual}"] if usual else [])]
        return f"{self.help}.  [{'; '.join(notes)}]" if notes else f"{self.help}."

    def value(self, text: str, word: str) -> Any:
        """What a text stands for; `word` is the option as it was typed. Raises OptionError."""
        if not text.strip():
            raise OptionError(f"{word} {EMPTY}")
        try:
            return self.parse(text)
        except ValueError as error:
            raise OptionError(f"{word} {text}: {error}") from None


def row(default: T, option: Option) -> T:
    """A field of a dataclass that is an option: the field's default, and the option."""
    declared: T = dataclasses.field(default=default, metadata={_OPTION: option})
    return declared


def options_of(cls: type) -> tuple[Option, ...]:
    """The options that the fields of a dataclass are, in order."""
    return tuple(
        declared.metadata[_OPTION]._replace(field=declared.name, default=declared.default)
        for declared in fields(cls)
        if _OPTION in declared.metadata
    )


def read(
    options: Iterable[Option], given: Mapping[str, Any], word: Callable[[Option], str] = attrgetter("run_word")
) -> dict[str, Any]:
    """The values of the options that were given, by the fields that hold them; all others are held against `parse`.

    `given` has texts by key: a sequence of them where an option is repeatable, True for a flag; None, False and an
    empty sequence are not given. `word` says how an option was typed. Raises OptionError.
    """
    values: dict[str, Any] = {}
    for option in options:
        raw: Any = given.get(option.key)
        if raw is None or raw is False or raw in ((), []):
            continue
        if not option.metavar:
            values[option.field] = not option.default
        elif option.repeatable:
            values[option.field] = tuple(option.value(text, word(option)) for text in raw)
        else:
            values[option.field] = option.value(raw, word(option))
    return {name: value for name, value in values.items() if name}


def texts(options: Iterable[Option], given: Mapping[str, Any]) -> list[tuple[Option, str]]:
    """The options that were given, as `read` takes them, each with its text: none for a flag, one a repetition."""
    known = {option.key: option for option in options}
    found = []
    for key, value in given.items():
        words = value if isinstance(value, tuple | list) else [value] if value else []
        found += [(known[key], "" if word is True else str(word)) for word in words]
    return found


def whole(least: int) -> Callable[[str], int]:
    """Parses a whole number that is not below `least`."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise ValueError(f"this is no whole number from {least} up")
        return number

    return parse


def choice(what: str, names: Iterable[str]) -> Callable[[str], str]:
    """Parses one of `names`; `what` is what they are names of."""

    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(f"there is no such {what}; there are {', '.join(names)}")
        return text

    return parse
