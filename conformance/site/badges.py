"""Badges: a small picture a version of a subject, which says where it stands and needs nothing else."""

from __future__ import annotations

from attrs import frozen

from conformance.reports.page import environment
from conformance.site.standing import State, SubjectStanding

_LETTER, _PADDING = 6.6, 12
_COLOURS: dict[State, str] = {
    "good": "#1a7f37",
    "waived": "#1a7f37",
    "unfinished": "#8a5a00",
    "bad": "#c01c28",
    "nothing": "#57606a",
}


@frozen
class Badge:
    """Two fields of text side by side, and the colour of the right one; widths are pixels."""

    label: str
    words: str
    colour: str

    @property
    def left(self) -> int:
        """The width of the left field."""
        return _width(self.label)

    @property
    def right(self) -> int:
        """The width of the right field."""
        return _width(self.words)


def render(standing: SubjectStanding) -> str:
    """The badge of a version as SVG."""
    badge = Badge(f"{standing.subject} {standing.version}", standing.words, _COLOURS[standing.state])
    text: str = environment("conformance.site").get_template("badge.svg.j2").render(badge=badge)
    return text


def _width(text: str) -> int:
    return round(_LETTER * len(text)) + _PADDING
