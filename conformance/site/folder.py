"""Puts a site into its folder whole or not at all, and takes no place but that of an earlier site."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from conformance.reports.files import ReportError
from conformance.site.pages import GENERATOR, INDEX, PARTS

_MARK = f'<meta name="generator" content="{GENERATOR}">'
_HEAD = 1000


def check(folder: Path) -> None:
    """See that a site may be put there: nothing is, or an empty folder, or an earlier site. Raises ReportError."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise ReportError(f"{folder} is no folder; name another one with --output")
    try:
        foreign = _foreign(folder)
    except OSError as error:
        raise ReportError(f"{folder} cannot be read ({error.strerror}); name another folder with --output") from error
    if foreign is not None:
        raise ReportError(
            f"{folder} holds {foreign.relative_to(folder)}, which is no part of a site, and would be taken away; name "
            "another folder with --output"
        )


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the texts by their paths beside the folder, and put them in its place. Raises ReportError."""
    place = folder.resolve()
    new, old = (place.parent / f".{place.name}.{os.getpid()}.{end}" for end in ("tmp", "old"))
    try:
        new.mkdir(parents=True)
        try:
            for name, text in files.items():
                file = new / name
                file.parent.mkdir(exist_ok=True)
                file.write_text(text, encoding="utf-8")
            _swap(place, new, old)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    except OSError as error:
        raise ReportError(f"{folder} cannot be written ({error.strerror}); name another place for it") from error


def _swap(place: Path, new: Path, old: Path) -> None:
    """Put the new folder in the place of what is there, which is put back where that does not work, else taken away."""
    if not place.exists():
        new.rename(place)
        return
    place.rename(old)
    try:
        new.rename(place)
    except BaseException:
        old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _foreign(folder: Path) -> Path | None:
    """The first file that no site of ours has, None where there is none."""
    index = folder / INDEX
    if index.is_file() and _MARK not in index.read_text("utf-8", errors="replace")[:_HEAD]:
        return index
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not (path == index or (path.is_dir() and path.name in PARTS)):
            return path
        if path.is_dir():
            others = (each for each in sorted(path.iterdir()) if each.suffix != PARTS[path.name] or not each.is_file())
            if (other := next(others, None)) is not None:
                return other
    return None
