"""Where the results of units lie, a folder or an object store: each is put there once, whole, and never changed."""

from __future__ import annotations

import errno
import inspect
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen
from fsspec import AbstractFileSystem
from fsspec.asyn import AsyncFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from conformance.model.errors import INTERRUPTED, UserError

_SUFFIX = ".json"
_TOGETHER = 64
"""Results that are read at a time."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class StoreError(UserError):
    """A store that cannot be used; the message is one sentence with the store and what mends it."""


class StoreFull(StoreError):
    """A store with no room left: a campaign ends there, and goes on when there is some."""

    exit_code = INTERRUPTED


@frozen
class ResultStore:
    """A folder, or the URL of an object store. A result lies in it as `NAME.json`, NAME being that of its unit."""

    url: str

    def place(self, name: str) -> str:
        """Where the result of a unit lies."""
        return f"{self.url.rstrip('/')}/{name}{_SUFFIX}"

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return "://" not in self.url

    def names(self) -> set[str]:
        """The names of the units whose results are there. Raises StoreError."""
        with self._told() as (files, root):
            files.invalidate_cache()
            try:
                found = files.ls(root, detail=False)
            except FileNotFoundError:
                return set()
            names = (str(path).rpartition("/")[2] for path in found)
            return {name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX) and name[0] != "."}

    def has(self, name: str) -> bool:
        """Whether the result of a unit is there. Raises StoreError."""
        with self._told() as (files, root):
            files.invalidate_cache()
            return bool(files.exists(f"{root.rstrip('/')}/{name}{_SUFFIX}"))

    def results(self, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """What lies under the names of units, in their order; None where that is no JSON. Raises StoreError."""
        with self._told() as (files, root):
            for first in range(0, len(names), _TOGETHER):
                some = names[first : first + _TOGETHER]
                paths = {name: f"{root.rstrip('/')}/{name}{_SUFFIX}" for name in some}
                read = files.cat(list(paths.values()), on_error="raise")
                for name, path in paths.items():
                    try:
                        yield name, json.loads(read[path])
                    except (ValueError, RecursionError):
                        yield name, None

    def put(self, name: str, data: bytes) -> bool:
        """Put the result of a unit there, whole or not at all; False where there is one already, which stays.

        Raises StoreFull, and StoreError for anything else that keeps it from being put.
        """
        with self._told() as (files, root):
            return _put(files, root.rstrip("/"), f"{name}{_SUFFIX}", data)

    def try_it(self) -> None:
        """See that something can be put there, before there is anything to put. Raises StoreError."""
        with self._told() as (files, root):
            name = f".tried-{uuid.uuid4().hex}"
            _put(files, root.rstrip("/"), name, b"{}\n" + bytes(4096))
            files.rm_file(f"{root.rstrip('/')}/{name}")

    @contextmanager
    def _told(self) -> Iterator[tuple[AbstractFileSystem, str]]:
        """The file system and the path in it; what goes wrong with them is told as a StoreError."""
        try:
            files, root = _opened(self.url)
            yield files, root
        except StoreError:
            raise
        except OSError as error:
            why = error.strerror or str(error) or type(error).__name__
            if error.errno in _FULL:
                raise StoreFull(f"the store {self.url} is full ({why}); make room there and start it again") from error
            raise StoreError(f"the store {self.url} cannot be used: {why}; name another with --store") from error
        except ImportError as error:
            raise StoreError(f"the store {self.url} needs another package: {error}") from error
        except Exception as error:  # what the packages of object stores raise has nothing in common
            raise StoreError(f"the store {self.url} cannot be used: {error}; name another with --store") from error


@cache
def _opened(url: str) -> tuple[AbstractFileSystem, str]:
    files, root = url_to_fs(url)
    if not isinstance(files, LocalFileSystem) and not _puts_once(files):
        raise StoreError(
            f"the store {url} cannot put a file whole and only once; name a folder, or an object store such as s3://"
        )
    return files, root


def _puts_once(files: AbstractFileSystem) -> bool:
    """Whether a file system's own `pipe_file` knows how to create only; the inherited one writes in pieces."""
    if isinstance(files, AsyncFileSystem):
        return "mode" in inspect.signature(files._pipe_file).parameters
    return type(files).pipe_file is not AbstractFileSystem.pipe_file


def _put(files: AbstractFileSystem, root: str, name: str, data: bytes) -> bool:
    if isinstance(files, LocalFileSystem):
        return _link(Path(root), name, data)
    try:
        files.pipe_file(f"{root}/{name}", data, mode="create")
    except FileExistsError:
        return False
    except OSError:
        if files.exists(f"{root}/{name}"):  # a store that tells this in words of its own
            return False
        raise
    return True


def _link(folder: Path, name: str, data: bytes) -> bool:
    """Write beside the target, and give it its name where nothing has that: no reader ever sees half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{name}.{uuid.uuid4().hex}.tmp"
    try:
        with beside.open("xb", buffering=0) as file:
            left = memoryview(data)
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        os.link(beside, folder / name)
    except FileExistsError:
        return False
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
    return True
