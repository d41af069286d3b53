"""What one side of a subject in Python makes and the other uses: as cases, and held against sides of one version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from conformance.model.case import INTERPOSED, MATCH, Case
from conformance.model.signature import Param, Signature
from conformance.model.subject import LOADINGS, Call, Reply
from conformance.model.value import Value
from conformance.oracle.judge import Judgement
from conformance.oracle.words import signal_name
from conformance.transport.process.client import Died, Hung, Request, Response

MODES = dict(zip(LOADINGS, ("plain", *INTERPOSED), strict=True))
"""The mode of a case by how the code of its sides is loaded."""

_OTHERWISE = (3,)
"""The numbers with which things are made where code may take another's place: it does so whatever their size."""

_MOST_SHOWN = 60


class Exchange(NamedTuple):
    """What is made, the number that chooses its size and content, and how the sides are loaded."""

    what: str
    number: int
    loading: str

    @property
    def request(self) -> Request:
        """The exchange as a subject's process takes it."""
        return Request(0, Call(()), exchange=(self.what, self.number, self.loading))


@dataclass(frozen=True)
class ExchangePlan:
    """The exchanges of a run; before them stands whether each of the two sides finds what it needs."""

    exchanges: tuple[Exchange, ...]

    @property
    def count(self) -> int:
        """How many things are looked at."""
        return 2 + len(self.exchanges)


def planned(names: Sequence[str], numbers: Sequence[int], interposed: Sequence[str]) -> ExchangePlan:
    """Every exchange with every number, the smallest first, and where code may take another's place with a few."""
    every = [Exchange(what, number, "local") for number in numbers for what in names]
    every += [
        Exchange(what, number, loading) for loading in LOADINGS[1:] for number in _OTHERWISE for what in interposed
    ]
    return ExchangePlan(tuple(every))


def case_of(check: str, exchange: Exchange, ids: tuple[str, str], runtime: str) -> Case:
    """An exchange as a case: a matched call with what is made as its one argument."""
    signature = Signature((Param(exchange.what),))
    value = Value(exchange.what, exchange.number)
    mode = MODES[exchange.loading]
    return Case(check, "packed", *ids, signature, signature, MATCH, (value,), mode=mode, runtime=runtime)


def exchange_of(case: Case) -> Exchange | None:
    """The inverse of `case_of`, None for any other case."""
    if not case.is_exchange:
        return None
    loading = next(loading for loading, mode in MODES.items() if mode == case.mode)
    return Exchange(case.payload[0].kind, case.payload[0].bits, loading)


def lines(response: Response) -> dict[str, str]:
    """What was read, by label; nothing where the exchange did not come to its end."""
    if not isinstance(response, Reply) or not response.saw or response.saw[0] is None:
        return {}
    text = (response.saw[0].data or b"").decode(errors="replace")
    return dict(line.partition(": ")[::2] for line in text.splitlines())


def due(alone: Sequence[Response], mixed: Response) -> dict[str, str]:
    """What must be read, by label: as with all of the maker's version, or of another where only that one has a label.

    What another version reads otherwise, and is read so here too, is not in it: that is news.
    """
    known = [lines(response) for response in alone]
    found = lines(mixed)
    required: dict[str, str] = {}
    for read in known:
        for label, text in read.items():
            required.setdefault(label, text)
    return {
        label: text
        for label, text in required.items()
        if found.get(label, text) == text or not any(read.get(label) == found[label] for read in known)
    }


def lines_due(alone: Sequence[Response], mixed: Response) -> str:
    """What must be read, as lines."""
    return "".join(f"{label}: {text}\n" for label, text in due(alone, mixed).items())


def compared(exchange: Exchange, alone: Sequence[Response], mixed: Response, version: str) -> tuple[Judgement, int]:
    """The judgement of an exchange, and how many lines of it are news.

    `alone` are what it comes to with all of one version: of the maker's, which is `version`, then of the others.
    """
    place = f"({exchange.what})@0"
    if not _came_back(alone[0]):
        return Judgement("intact", True, "nothing: with all of one version it does not come to its end", ""), 0
    if isinstance(mixed, Hung):
        return Judgement("hung", False, f"come to its end, as with all of {version}", "made no progress", place), 0
    if isinstance(mixed, Died):
        how = f"died of {signal_name(mixed.signal)}" if mixed.signal else f"exited with status {mixed.status}"
        where = f" in {mixed.step}" if mixed.step else ""
        return Judgement("crashed", False, f"come to its end, as with all of {version}", how + where, place), 0
    if not _came_back(mixed):
        said = mixed.error if isinstance(mixed, Reply) else type(mixed).__name__
        return Judgement("unloadable", False, f"be loaded, as with all of {version}", said, place), 0
    required, found = due(alone, mixed), lines(mixed)
    news = sum(label in found and found[label] != text for label, text in lines(alone[0]).items())
    wrong = _wrong(required, found)
    if wrong is None:
        return Judgement("intact", True, f"read the same as with all of {version}", "the same", ""), news
    label, text = wrong
    told = f"read {label} as {_short(required[label])}" if label in required else "throw nothing"
    told = f"{told}, as with all of {version}"
    return Judgement("silent-wrong", False, told, f"{label} is {_short(text)}", place), news


def _wrong(required: Mapping[str, str], found: Mapping[str, str]) -> tuple[str, str] | None:
    """The first line that is not as it must be: its label and what was read."""
    for label, text in found.items():
        if required.get(label, text) != text or (label.endswith("threw") and label not in required):
            return label, text
    return None


def _came_back(response: Response) -> bool:
    return isinstance(response, Reply) and response.status == 0


def _short(text: str) -> str:
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]} …")
