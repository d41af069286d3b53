"""Made-up packages: wheels of pure Python, and the metadata of installed ones."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path


def wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    needs: tuple[str, ...] = (),
    files: Mapping[str, str | bytes] | None = None,
) -> Path:
    """A wheel with one package, which knows its version and has these files."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    package, info = name.replace("-", "_"), f"{stem}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {one}" for one in needs)]
    content: dict[str, str | bytes] = {
        f"{package}/__init__.py": f"__version__ = {version!r}\n",
        **{f"{package}/{file}": text for file, text in (files or {}).items()},
        f"{info}/METADATA": "\n".join(metadata) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: made\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in (*content, f"{info}/RECORD"))
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in {**content, f"{info}/RECORD": record}.items():
            archive.writestr(file, text)
    return path


def installed(folder: Path, name: str, version: str, entry_points: str = "", group: str = "subjects") -> Path:
    """What an installed package leaves beside its modules, in a folder for sys.path."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if entry_points:
        (info / "entry_points.txt").write_text(f"[abi_conformance.{group}]\n{entry_points}\n")
    return folder
