"""Stores: what is put there is whole, there once, and told about in one sentence where it cannot be."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fsspec", reason="needs fsspec (the extra campaign)")

from fsspec import AbstractFileSystem, register_implementation
from fsspec.implementations.memory import MemoryFileSystem

from conformance.campaign.store import ResultStore, StoreError, StoreFull


class Plain(AbstractFileSystem):  # type: ignore[misc]
    """Writes through `open` alone, which leaves half a file where something goes wrong in between."""

    protocol = "plain"


class Failing(MemoryFileSystem):  # type: ignore[misc]
    """A store that fails in the way that a test asks for."""

    protocol = "failing"
    cachable = False
    error: Exception

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        raise self.error


register_implementation("plain", Plain, clobber=True)
register_implementation("failing", Failing, clobber=True)


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ResultStore:
    return ResultStore(str(tmp_path / "store") if request.param == "folder" else f"memory://{tmp_path.name}")


def test_the_first_result_stays(store: ResultStore) -> None:
    assert store.names() == set()
    assert not store.has("a")
    store.try_it()
    assert store.put("a", b"[1]")
    assert not store.put("a", b"[2]")
    assert store.put("b", b"no JSON")
    assert store.names() == {"a", "b"}
    assert store.has("a")
    assert list(store.results(["b", "a"])) == [("b", None), ("a", [1])]


def test_a_folder_holds_nothing_but_results(tmp_path: Path) -> None:
    store = ResultStore(str(tmp_path / "store"))
    store.try_it()
    store.put("a", b"{}")
    store.put("a", b"{}")
    (tmp_path / "store" / ".a.json.123.tmp").write_bytes(b"{")  # as a killed worker leaves it
    assert store.names() == {"a"}
    assert {path.name for path in (tmp_path / "store").iterdir()} == {"a.json", ".a.json.123.tmp"}


def test_a_result_that_has_no_room_leaves_nothing(tmp_path: Path) -> None:
    """Files may only have 4096 bytes: the kernel then writes a part, and refuses the rest."""
    text = (
        "import resource, sys; from conformance.campaign.store import ResultStore, StoreFull; "
        "store = ResultStore(sys.argv[1]); store.put('small', b'{}'); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: store.put('large', b'x' * 9000)\n"
        "except StoreFull as full: print(full, full.exit_code)"
    )
    ended = subprocess.run([sys.executable, "-c", text, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ended.stdout == f"the store {tmp_path} is full (File too large); make room there and start it again 2\n"
    assert [path.name for path in tmp_path.iterdir()] == ["small.json"]


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), StoreFull, "is full (No space left on device); make room"),
        (PermissionError(errno.EACCES, "Permission denied"), StoreError, "cannot be used: Permission denied; name"),
        (RuntimeError("the bucket is gone"), StoreError, "cannot be used: the bucket is gone; name another"),
    ],
)
def test_what_a_store_refuses_is_one_sentence(
    error: Exception, kind: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Failing, "error", error, raising=False)
    with pytest.raises(kind) as raised:
        ResultStore("failing://x").put("a", b"{}")
    assert f"the store failing://x {words}" in str(raised.value)
    assert type(raised.value) is kind


def test_a_store_that_writes_in_pieces_is_refused() -> None:
    with pytest.raises(StoreError, match="the store plain://x cannot put a file whole and only once; name a folder"):
        ResultStore("plain://x").try_it()


def test_a_store_that_needs_a_package_or_is_none_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Protocol not known: nonsense"):
        ResultStore("nonsense://x").try_it()
    file = tmp_path / "file"
    file.write_text(json.dumps({}))
    with pytest.raises(StoreError, match="cannot be used"):
        ResultStore(str(file)).try_it()
