"""Which releases of a distribution there are, and which of them were yanked, by the package index that pip uses."""

from __future__ import annotations

import ast
import json
import re
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from conformance.subjects.errors import SubjectError
from conformance.toolchain import process

TIMEOUT = 60.0
_USUAL = "https://pypi.org/simple"
_JSON = "application/vnd.pypi.simple.v1+json"
_SETTING = re.compile(r"^(\S+)\.(index-url|cert)=(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class IndexedRelease:
    """A release that has wheels; pip installs one that was yanked only where exactly this version is asked for.

    `yanked` is None where the index does not tell.
    """

    version: str
    yanked: bool | None


def releases(distribution: str, *, candidates: bool = False) -> tuple[IndexedRelease, ...]:
    """All releases that have a wheel, oldest first; with `candidates` also those that are none yet.

    An index that answers in JSON (PEP 691), as PyPI does, tells which were yanked. Of another one pip is asked, which
    lists what it would install here. Raises SubjectError.
    """
    settings = _settings()
    index = settings.get("index-url", _USUAL).rstrip("/")
    page = _page(f"{index}/{canonicalize_name(distribution)}/", settings.get("cert"))
    found = _of_page(page) if page is not None else dict.fromkeys(_of_pip(distribution, candidates=candidates))
    if not found:
        raise SubjectError(f"the index {index} has no release of {distribution} with a wheel; see to pip's index-url")
    return tuple(
        IndexedRelease(str(version), found[version])
        for version in sorted(found)
        if candidates or not version.is_prerelease
    )


def _settings() -> dict[str, str]:
    """Where pip's configuration, its environment variables included, says to look, and whom to trust."""
    listed = process.run([sys.executable, "-P", "-m", "pip", "config", "list"], timeout=TIMEOUT).output
    found = {(scope, name): value for scope, name, value in _SETTING.findall(listed)}
    settings: dict[str, str] = {}
    for scope in ("global", "install", "download", "index", ":env:"):  # what comes later is stronger
        settings |= {name: str(ast.literal_eval(value)) for (of, name), value in found.items() if of == scope}
    return settings


def _page(address: str, certificates: str | None) -> Mapping[str, Any] | None:
    """What the index says of a distribution in JSON; None where it does not."""
    if not address.startswith(("http://", "https://")):
        return None
    request = urllib.request.Request(address, headers={"Accept": _JSON})  # noqa: S310 - the scheme was looked at
    try:
        context = ssl.create_default_context(cafile=certificates)
        with urllib.request.urlopen(request, timeout=TIMEOUT, context=context) as answer:  # noqa: S310
            page = json.load(answer)
    except (OSError, ValueError):  # it does not answer, or not in JSON
        return None
    return page if isinstance(page, dict) and isinstance(page.get("files"), list) else None


def _of_page(page: Mapping[str, Any]) -> dict[Version, bool | None]:
    """A release counts as yanked where all of its wheels are."""
    yanked: dict[Version, bool | None] = {}
    for file in page["files"]:
        try:
            version = parse_wheel_filename(file["filename"])[1]
        except InvalidWheelFilename:
            continue
        yanked[version] = yanked.get(version, True) and bool(file.get("yanked"))
    return yanked


def _of_pip(distribution: str, *, candidates: bool) -> list[Version]:
    """The releases that pip lists. Raises SubjectError."""
    argv = [sys.executable, "-P", "-m", "pip", "index", "versions", distribution]
    ended = process.run([*argv, *(["--pre"] if candidates else [])], timeout=TIMEOUT)
    listed = re.search(r"^Available versions: (.+)$", ended.output, re.MULTILINE)
    if listed is None:
        said = re.search(r"^ERROR: (.+)$", ended.output, re.MULTILINE)
        raise SubjectError(
            f"pip does not say which releases of {distribution} there are"
            f"{f' ({said[1].rstrip(chr(46))})' if said else ''}; connect, or see to its index-url"
        )
    return [Version(word.strip()) for word in listed[1].split(",")]
