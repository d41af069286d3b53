"""What the HTML pages share: templates that escape, the style, the scripts, and the digest that lets a script run."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

STYLE = "report.css"

MAPS = "maps.js"
"""The script by which arrow keys move in heat maps, and what a link leads to is unfolded."""


def environment(package: str) -> Environment:
    """The templates of a package, whose undefined names are errors."""
    import jinja2

    found = jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["thousands"] = lambda n: f"{n:,}"
    return found


def text_of(name: str, package: str = "conformance.reports") -> str:
    """A style or a script beside the templates of a package."""
    return (resources.files(package) / "templates" / name).read_text("utf-8").strip()


def script_hash(script: str) -> str:
    """What a page's policy must name for its script to run."""
    return b64encode(hashlib.sha256(script.encode()).digest()).decode()
