"""How Sphinx makes a site of docs/: `python3 dev.py docs-site`. Nothing is fetched, neither here nor by its pages."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from conformance import __version__

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
PICTURES = DOCS / "pictures"

project = "abi-conformance"
version = release = __version__
project_copyright = "Apache-2.0"

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["README.md", "examples"]
highlight_language = "text"  # of blocks that are indented: commands and what they print
smartquotes = False  # an option begins with two hyphens
default_role = "code"  # of what docstrings have between backticks
suppress_warnings = ["myst.header"]  # a page that is made from figures may begin with small headings

myst_heading_anchors = 4
autodoc_typehints = "description"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
add_module_names = False

html_theme = "furo"
html_title = f"abi-conformance {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False

_LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]+)(#[^)\s]*)?(?=\))")
"""The target of a link in Markdown that leads to a file or a folder, and its heading."""

_ELSEWHERE = {
    "index": "docs/README.md",
    "project/changelog": "CHANGELOG.md",
    "project/contributing": "CONTRIBUTING.md",
    "project/security": "SECURITY.md",
}
"""The pages of the site whose text stands in another file, which a code host shows: they only say in which."""

_SITE = {ROOT / file: f"/{page}.md" for page, file in _ELSEWHERE.items()}

_BELOW = {"adr/README": "0*"}
"""The pages that are listed below another one."""

_ALONE = re.compile(r'\s*<style class="alone">.*?</style>', re.DOTALL)

_TREE = "\n```{{toctree}}\n:hidden:\n:glob:\n\n{}\n```\n"


def as_on_the_site(text: str, folder: Path, page: Path) -> str:
    """A text from `folder`, whose links a code host shows, with the links of the site; `page` has the text."""

    def target(match: re.Match[str]) -> str:
        found, heading = (folder / match[1]).resolve(), match[2] or ""
        if found.is_dir():
            names = ("README.md", "red-page.html")
            found = next((found / name for name in names if (found / name).is_file()), found)
        if found in _SITE:
            return _SITE[found]
        if found.is_relative_to(DOCS) and found.suffix in (".md", ".rst") and found.parent.name != "examples":
            return f"/{found.relative_to(DOCS)}{heading}"
        if found.parent == PICTURES:
            return match[0]
        return f"path:{os.path.relpath(found, page.parent)}" if found.is_file() else match[0]

    return _LINK.sub(target, text)


def read_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """Give a page its text, with the links of the site and what is listed below it."""
    page = Path(app.env.doc2path(docname))
    text, folder = source[0], page.parent
    if docname in _ELSEWHERE:
        file = ROOT / _ELSEWHERE[docname]
        app.env.note_dependency(str(file))
        _, _, own = text.partition("\n")
        text, folder = file.read_text("utf-8") + own, file.parent
    if docname in _BELOW:
        text += _TREE.format(_BELOW[docname])
    source[0] = as_on_the_site(text, folder, page)


class Inline(SphinxPostTransform):
    """Puts pictures into the page itself, where they take its colours; of a file alone is the style that it has."""

    default_priority = 10

    def run(self, **_: Any) -> None:
        """Replace each image of pictures/."""
        for image in list(self.document.findall(nodes.image)):
            path = DOCS / image["uri"]
            if path.parent == PICTURES:
                text = _ALONE.sub("", path.read_text("utf-8"))
                image.replace_self(nodes.raw("", text, format="html"))


def setup(app: Sphinx) -> None:
    """Connect what this file adds."""
    app.connect("source-read", read_page)
    app.add_post_transform(Inline)
