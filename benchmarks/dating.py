"""How well code tells which release it was built against: libraries of known origin, those of tvm-ffi's releases.

Each release has two that were built with its own headers: the module for Python, which uses those of C, and a library
for tests, which uses those of C++.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measure import Figure
from conformance.compat.index import releases
from conformance.compat.wheel_evidence import built_against
from conformance.subjects import environments

DISTRIBUTION = "apache-tvm-ffi"
_METADATA = "Metadata-Version: 2.1\nName: x\nVersion: 1\n"


def figures() -> Sequence[Figure]:
    """How many are dated right, and to how many releases, for either kind of library."""
    versions = [release.version for release in releases(DISTRIBUTION)]
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {"core": [], "libtvm_ffi_testing": []}
    with tempfile.TemporaryDirectory(prefix="abi-bench-") as folder:
        for version in versions:
            for library in _libraries(version):
                path = _wheel(Path(folder), library)
                shown = built_against(path, DISTRIBUTION, versions)
                found[library.name.partition(".")[0]].append((version, shown.versions))
    return [_figure(name, dated, len(versions)) for name, dated in found.items()]


def _libraries(version: str) -> Iterator[Path]:
    package = environments.release(DISTRIBUTION, version) / "tvm_ffi"
    yield from sorted(package.glob("core.*.so"))
    yield package / "lib" / "libtvm_ffi_testing.so"


def _wheel(folder: Path, library: Path) -> Path:
    path = folder / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x-1.dist-info/METADATA", _METADATA)
        archive.write(library, library.name)
    return path


def _figure(name: str, dated: Sequence[tuple[str, tuple[str, ...]]], of: int) -> Figure:
    right = sum(version in fits for version, fits in dated)
    alone = sum(len(fits) == 1 for _, fits in dated)
    average = sum(len(fits) for _, fits in dated) / len(dated)
    return Figure(
        f"the release that {name} of each release was built against is among those that its code fits",
        "all",
        f"{right} of {len(dated)}; {average:.1f} of {of} releases fit on average, one alone {alone} times",
        right == len(dated),
    )
