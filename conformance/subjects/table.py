"""Manifests in a table: `subjects.toml` in a folder stands in for the `subject.toml` of folders in it.

    [[manifest]]
    folders = ["one", "two"]              # each is a subject of that name
    subject = { convention = "packed" }   # as [subject] of a manifest, without the name
    build = { binding = "../b.h" }        # as [build]; paths are relative to the subject's folder

A subject from a table is named by its folder or by the path where its `subject.toml` would lie; a file that lies there
comes first.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

MANIFEST = "subject.toml"
TABLE = "subjects.toml"


def locate(path: Path) -> Path | None:
    """The manifest of a folder, or `path` itself; None if neither a file nor a table has it."""
    manifest = path / MANIFEST if path.is_dir() else path
    if manifest.is_file() or in_table(manifest):
        return manifest
    return None


def in_table(manifest: Path) -> Path | None:
    """The table that stands in for a manifest that is no file; None if there is none or it does not list the folder.

    A table that cannot be read counts: whoever reads it says what is wrong.
    """
    table = manifest.parent.resolve().parent / TABLE
    if manifest.name != MANIFEST or manifest.is_file() or not manifest.parent.is_dir() or not table.is_file():
        return None
    try:
        entries = tomllib.loads(table.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return table
    return table if entry(entries, manifest) is not None else None


def entry(raw: dict[str, Any], manifest: Path) -> dict[str, Any] | None:
    """What a table says in place of a manifest, in the manifest's own form; None if it says nothing of its folder."""
    name = manifest.parent.resolve().name
    groups = raw.get("manifest")
    for group in groups if isinstance(groups, list) else ():
        if isinstance(group, dict) and isinstance(group.get("folders"), list) and name in group["folders"]:
            parts = {key: value for key, value in group.items() if key != "folders"}
            head = parts.get("subject", {})
            return {**parts, "subject": {"name": name, **head}} if isinstance(head, dict) else parts
    return None
