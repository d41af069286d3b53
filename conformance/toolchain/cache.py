"""Compiled objects on disk, named by content, shared safely by parallel processes, never a reason to fail."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import platformdirs

from conformance.toolchain.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_LIMIT = 2 << 30
"""Bytes of objects kept; the least recently used go first."""

_MAGIC = b"abi-obj1"
_TRAILER = len(_MAGIC) + 32 + 32
_SWEEP_EVERY = 3600.0
_IN_USE = 3600.0
"""Seconds: a younger object may be about to be loaded by some run, so no start of another evicts it."""

_PASSING = 600.0
"""Seconds: what a run that writes much evicts is older than this; an object of one bundle is loaded within a few."""

_PART = 16
"""A run evicts whenever it has written the limit divided by this."""

_SHARD = 1
"""Digits of the key by which objects are spread over folders: to make a folder takes longer than to write an object."""

_TOUCH_AFTER = 300.0
_ROOM = 8 << 20


def default_root() -> Path:
    """Where objects lie unless told otherwise: `ABI_CONFORMANCE_CACHE`, or the user's cache folder."""
    named = os.environ.get("ABI_CONFORMANCE_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("abi-conformance")


def zig_environment(root: Path) -> dict[str, str]:
    """Give the variables that keep zig's own cache inside ours, unless the user has chosen a place for it."""
    names = ("ZIG_LOCAL_CACHE_DIR", "ZIG_GLOBAL_CACHE_DIR")
    return {name: str(root / "zig") for name in names if name not in os.environ}


class Cache:
    """Objects by key; a trailer of key and digest proves each one whole and its own.

    When the folder cannot be written, the cache moves to a private temporary folder, which goes with the process, and
    says so once in `warnings`. Safe among threads and processes; one instance belongs to the process that made it.
    """

    def __init__(self, root: Path | None = None, limit: int = DEFAULT_LIMIT) -> None:
        self.root = (root if root is not None else default_root()).absolute()
        self.limit = limit
        self.warnings: list[str] = []
        self._lock = threading.Lock()
        self._private = False
        self._held: set[Path] = set()
        self._touched = time.time()
        self._written = 0
        if any(character in str(self.root) for character in ":,$\n"):
            # These have a meaning in a run path, by which one object finds the next.
            self.move_away(self.root, "its path holds a character that the dynamic linker takes for its own")
        else:
            self._sweep_sometimes()

    def path(self, key: str, name: str, suffix: str) -> Path:
        """Where the object of this key lies or will lie: never the same file name for different content."""
        return self.root / key[:_SHARD] / f"{name}-{key[:16]}{suffix}"

    def get(self, key: str, name: str, suffix: str) -> Path | None:
        """Give the object of this key, if it is there and whole; a truncated or foreign one is as good as none."""
        self._touch_held()
        path = self.path(key, name, suffix)
        try:
            with path.open("rb") as file:
                raw = memoryview(file.read())
                age = time.time() - os.fstat(file.fileno()).st_mtime
        except OSError:
            return None
        if len(raw) <= _TRAILER or raw[-_TRAILER:] != _trailer(key, raw[:-_TRAILER]):
            return None
        if age > _TOUCH_AFTER:
            with contextlib.suppress(OSError):  # a cache that is shared read-only keeps its times
                os.utime(path)
        return path

    def put(self, key: str, name: str, suffix: str, made: Path, content: bytes) -> Path:
        """Move a compiled file, which holds `content`, to its place, whole or not at all; raises OSError."""
        path = self.path(key, name, suffix)
        with made.open("ab") as file:
            file.write(_trailer(key, content))
        self._touch_held()
        self._make_room(len(content) + _TRAILER)
        try:
            return made.replace(path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            return made.replace(path)

    def hold(self, path: Path) -> None:
        """Keep an object as long as this instance is used: what it is for outlasts a bundle."""
        self._held.add(path)

    @contextlib.contextmanager
    def lock(self, key: str, timeout: float) -> Iterator[None]:
        """Hold the key against other processes; after `timeout`, or where locks do not work, go on without.

        Going on is harmless: two processes then compile the same object, and the last rename wins.
        """
        path = self.root / key[:_SHARD] / f"{key[:16]}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(path, thread_local=False)
        held = False
        try:
            lock.acquire(timeout=timeout, poll_interval=0.01)
            held = True
        except (filelock.Timeout, NotImplementedError):
            pass
        try:
            yield
        finally:
            if held:
                # A waiter may hold the removed file and a newcomer a new one: at worst one compile too many.
                with contextlib.suppress(OSError):
                    path.unlink()
                lock.release()

    @contextlib.contextmanager
    def workdir(self) -> Iterator[Path]:
        """Make a private folder on the same file system, so that a rename out of it is atomic; removed afterwards."""
        parent = self.root / "tmp"
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))
        try:
            yield folder
        finally:
            try:
                folder.rmdir()  # what compiled well left nothing behind, unless texts were written
            except OSError:
                shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def workfile(self, key: str) -> Iterator[Path]:
        """Name a file on the same file system that is this thread's alone; what is left of it is removed afterwards."""
        file = self.root / "tmp" / f"{os.getpid()}-{threading.get_ident():x}-{key[:16]}"
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield file
        finally:
            _unlink(str(file))

    def has_room(self) -> bool:
        """Whether a file of a few megabytes can be written now: tells a full disk from a compiler's own failure."""
        try:
            with self.workdir() as folder, (folder / "probe").open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, _ROOM)
        except OSError as error:
            return error.errno in (errno.EOPNOTSUPP, errno.EINVAL)  # cannot tell: believe the compiler
        return True

    def move_away(self, from_root: Path, why: str) -> None:
        """Go on in a private temporary folder; raises CacheError when even that is impossible.

        `from_root` is the folder that failed: when another thread has moved the cache already, nothing happens.
        """
        with self._lock:
            if self.root != from_root:
                return
            if self._private:
                raise CacheError(
                    f"no folder for compiled objects can be written ({why}); free some space in {self.root}"
                )
            try:
                folder = tempfile.mkdtemp(prefix="abi-conformance-")
            except OSError as error:
                raise CacheError(
                    f"neither {self.root} nor a temporary folder can be written ({error.strerror})"
                ) from error
            weakref.finalize(self, _remove, folder, os.getpid())
            self.warnings.append(
                f"the cache {self.root} cannot be used ({why}); this run compiles into a temporary folder instead"
            )
            self.root = Path(folder)
            self._private = True

    def sweep(self) -> int:
        """Remove what dead runs left and the least recently used objects over the limit; gives the bytes of these.

        Nothing younger than an hour is touched.
        """
        old = time.time() - _IN_USE
        for folder in _subfolders(self.root):
            for entry in _entries(folder):
                status = _status(entry) if entry.name.endswith(".lock") else None
                if status is not None and status.st_mtime < old:
                    _unlink(entry.path)
        for entry in _entries(str(self.root / "tmp")):
            status = _status(entry)
            if status is not None and status.st_mtime < old:
                _unlink(entry.path)  # a file's; what is a folder stays for the next line
                shutil.rmtree(entry.path, ignore_errors=True)
        return self._evict(old)

    def _evict(self, old: float) -> int:
        """Remove the least recently used objects over the limit, none that was used since `old`; gives their bytes."""
        objects: list[tuple[float, int, str]] = []
        for folder in _subfolders(self.root):
            for entry in _entries(folder):
                status = None if entry.name.endswith(".lock") else _status(entry)
                if status is not None and entry.is_file(follow_symlinks=False):
                    objects.append((status.st_mtime, status.st_size, entry.path))
        excess = sum(size for _, size, _ in objects) - self.limit
        removed = 0
        for used, size, path in sorted(objects):
            if removed >= excess or used > old:
                break
            _unlink(path)
            removed += size
        return removed

    def _make_room(self, size: int) -> None:
        """Evict when much has been written since the last time, so that a long run keeps to the limit as well.

        What is there at a time is at most the limit, what all runs write in `_PASSING` seconds, and of each run a part.
        """
        with self._lock:
            self._written += size
            if self._written <= self.limit // _PART:
                return
            self._written = 0
        self._evict(time.time() - _PASSING)

    def _touch_held(self) -> None:
        """Have what is held look used, to this process and to others."""
        now = time.time()
        if now - self._touched > _TOUCH_AFTER:
            self._touched = now
            for path in tuple(self._held):
                with contextlib.suppress(OSError):
                    os.utime(path, (now, now))

    def _sweep_sometimes(self) -> None:
        """Sweep at one start an hour: walking the whole cache takes a moment."""
        stamp = self.root / ".swept"
        try:
            if stamp.exists() and time.time() - stamp.stat().st_mtime < _SWEEP_EVERY:
                return
            if not self.root.is_dir():
                return  # nothing there, and the folder is made only when there is something to keep
            stamp.touch()
        except OSError:
            return
        self.sweep()


def _trailer(key: str, content: bytes | memoryview) -> bytes:
    # Bytes behind the last section: loaders and linkers do not look there.
    return _MAGIC + bytes.fromhex(key) + hashlib.sha256(content).digest()


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # a forked child that ends must not take its parent's objects along
        shutil.rmtree(folder, ignore_errors=True)


def _subfolders(root: Path) -> Iterator[str]:
    for entry in _entries(str(root)):
        if len(entry.name) <= 2 and entry.is_dir(follow_symlinks=False):
            yield entry.path


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        Path(path).unlink()
