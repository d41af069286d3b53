"""The options of `run` as click's, for `run` itself and for the commands that share some of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, TypeVar

import click

from conformance.model.option import Option, texts
from conformance.model.options import OPTIONS

Command = TypeVar("Command", bound=Callable[..., Any])


def with_options(*options: Option) -> Callable[[Command], Command]:
    """Declares options of a click command, in this order.

    It is given the texts by key, as `conformance.model.option.read` takes them.
    """

    def declare(command: Command) -> Command:
        for option in reversed(options):
            words = filter(None, (option.run_word, option.short, option.key))
            how: dict[str, Any] = {"metavar": option.metavar, "multiple": option.repeatable}
            how = how if option.metavar else {"is_flag": True}
            command = click.option(*words, help=option.explained, **how)(command)
        return command

    return declare


def shared(name: str, **changes: Any) -> Option:
    """The option of `run` with that name, with what another command says otherwise of it."""
    return next(option for option in OPTIONS if option.name == name)._replace(**changes)


def command_line(given: Mapping[str, Any]) -> list[str]:
    """Options of `run` as they are typed."""
    words = ((option.run_word, text) if text else (option.run_word,) for option, text in texts(OPTIONS, given))
    return list(chain.from_iterable(words))


def pytest_arguments(given: Mapping[str, Any]) -> list[str]:
    """Options of `run` as pytest is given them."""
    return [f"{option.pytest_word}={text}" if text else option.pytest_word for option, text in texts(OPTIONS, given)]
