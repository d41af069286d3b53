"""Which releases of a distribution there are, and which of them were yanked, by the package index that pip uses."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from conformance.subjects.errors import SubjectError

TIMEOUT = 60.0
_USUAL = "https://pypi.org/simple"
_JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True)
class IndexedRelease:
    """A release that has wheels; pip installs one that was yanked only where exactly this version is asked for."""

    version: str
    yanked: bool


def releases(distribution: str) -> tuple[IndexedRelease, ...]:
    """All releases that have a wheel, oldest first, without candidates. Raises SubjectError.

    The index is `PIP_INDEX_URL`, or PyPI; it has to answer in JSON (PEP 691), as PyPI does.
    """
    index = os.environ.get("PIP_INDEX_URL", _USUAL).rstrip("/")
    if not index.startswith(("http://", "https://")):
        raise SubjectError(f"PIP_INDEX_URL is {index}, which is no web address; set it to an index such as {_USUAL}")
    address = f"{index}/{canonicalize_name(distribution)}/"
    request = urllib.request.Request(address, headers={"Accept": _JSON})  # noqa: S310 - the scheme was looked at
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            page = json.load(answer)
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        raise SubjectError(
            f"the index does not answer at {address} ({error}); connect, or name the versions"
        ) from error
    except ValueError:
        raise SubjectError(
            f"{address} is no JSON, which an index has to know (PEP 691); set PIP_INDEX_URL to another"
        ) from None
    return _releases(page)


def _releases(page: Mapping[str, Any]) -> tuple[IndexedRelease, ...]:
    """A release counts as yanked where all of its wheels are."""
    yanked: dict[Version, bool] = {}
    for file in page["files"]:
        try:
            version = parse_wheel_filename(file["filename"])[1]
        except InvalidWheelFilename:
            continue
        if not version.is_prerelease:
            yanked[version] = yanked.get(version, True) and bool(file.get("yanked"))
    return tuple(IndexedRelease(str(version), yanked[version]) for version in sorted(yanked))
