"""Builds jobs: looks in the cache, else compiles once under a lock, and tells how a compile failed."""

from __future__ import annotations

import os
import re
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from conformance.toolchain import elf, process
from conformance.toolchain.cache import Cache, zig_environment
from conformance.toolchain.commands import command_line, embedded_request
from conformance.toolchain.embedded import EmbeddedCompiler, EmbeddedRequest
from conformance.toolchain.errors import CompileError, Reason
from conformance.toolchain.includes import FileReader
from conformance.toolchain.jobs import Built, Job
from conformance.toolchain.key import job_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Built", "EmbeddedCompiler", "EmbeddedRequest", "Job", "Toolchain"]

_MOST_WORDS = 4000
# What a driver prints when the compiler proper died under it; its own exit code then often says no more than "failed".
_CRASHED = re.compile(
    r"internal compiler error|PLEASE submit a bug report|signal terminated program|"
    r"(?:frontend|linker|assembler) command failed due to signal|LLVM ERROR: out of memory"
)
_GCC_INTERNAL = 4
_LIMITS = {"pcc": 20.0}
"""Seconds that a family is given at most: some sources keep pcc busy for more than ten minutes."""


class Toolchain:
    """Builds shared libraries with any compiler of this room, through one cache.

    `embedded` runs libtcc (None: jobs for the embedded compiler fail). `jobs` compiler programs run at once, by default
    two where this process has two cores, each for at most `timeout` seconds, or its family's limit. `starts` counts the
    compiles that were started: none, when the cache is warm.
    """

    def __init__(self, cache: Cache, embedded: EmbeddedCompiler | None, jobs: int = 0, timeout: float = 120.0) -> None:
        self.cache = cache
        self.embedded = embedded
        self.jobs = jobs or min(2, len(os.sched_getaffinity(0)))
        self.timeout = timeout
        self.starts = 0
        self._reader = FileReader()
        self._counting = threading.Lock()

    def build(self, job: Job) -> Built:
        """Give the job's object, compiled or found; raises CompileError when the compiler does not make it."""
        return self._build(job, job_keys([job], self._reader)[0], None)

    def build_all(self, jobs: Sequence[Job]) -> list[Built | CompileError]:
        """Build several jobs, programs side by side and embedded ones in order; equal jobs are built once.

        The answers are in the order of the jobs. Anything but a CompileError, Ctrl-C among it, stops what is running.
        """
        keys = job_keys(jobs, self._reader)
        stop = threading.Event()
        pool = ThreadPoolExecutor(max_workers=self.jobs, thread_name_prefix="compile")
        waiting: dict[str, Future[Built | CompileError]] = {}
        done: dict[str, Built | CompileError] = {}
        try:
            for job, key in zip(jobs, keys, strict=True):
                if not job.compiler.is_embedded and key not in waiting:
                    waiting[key] = pool.submit(self._try, job, key, stop)
            for job, key in zip(jobs, keys, strict=True):
                if job.compiler.is_embedded and key not in done:
                    done[key] = self._try(job, key, stop)
            done.update((key, future.result()) for key, future in waiting.items())
        except BaseException:
            stop.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return [done[key] for key in keys]

    def _try(self, job: Job, key: str, stop: threading.Event) -> Built | CompileError:
        try:
            return self._build(job, key, stop)
        except CompileError as error:
            return error

    def _build(self, job: Job, key: str, stop: threading.Event | None) -> Built:
        built = self._made(job, key, stop)
        if job.lasting:
            self.cache.hold(built.path)
        return built

    def _made(self, job: Job, key: str, stop: threading.Event | None) -> Built:
        found = self.cache.get(key, job.name, job.suffix)
        if found is not None:
            return Built(found, True)
        while True:  # once in the cache proper, and once in the private folder, which fails for good
            root = self.cache.root
            try:
                path, cached = self._compile(job, key, stop)
            except OSError as error:
                self.cache.move_away(root, error.strerror or str(error))
            except CompileError as error:
                # Compilers report a full disk in many words, and libtcc not at all: ask the disk itself.
                if error.reason == "hung" or self.cache.has_room():
                    raise
                self.cache.move_away(root, "the disk is full")
            else:
                return Built(path, cached)

    def _compile(self, job: Job, key: str, stop: threading.Event | None) -> tuple[Path, bool]:
        if job.compiler.is_embedded and not job.headers:
            # libtcc takes a few milliseconds, no more than a lock and a folder would: it goes without both. Should
            # another process compile the same just now, the last rename wins.
            with self.cache.workfile(key) as output:
                return self._make(job, key, output, stop), False
        with self.cache.lock(key, timeout=2 * self.timeout):
            found = self.cache.get(key, job.name, job.suffix)  # perhaps another process was here first
            if found is not None:
                return found, True
            with self.cache.workdir() as folder:
                for name, text in job.texts:
                    if not job.compiler.is_embedded or name.endswith(".h"):
                        (folder / name).write_text(text, encoding="utf-8", errors="surrogateescape")
                return self._make(job, key, folder / "out", stop), False

    def _make(self, job: Job, key: str, output: Path, stop: threading.Event | None) -> Path:
        soname = self.cache.path(key, job.name, job.suffix).name
        if job.compiler.is_embedded:
            self._run_embedded(job, output, soname, output.parent)
            if output.is_file():
                elf.forbid_executable_stack(output)
        else:
            self._run_program(job, output, soname, output.parent, stop)
        content = output.read_bytes() if output.is_file() else b""
        if not elf.is_whole(content):
            raise CompileError(job.compiler.id, "it reported success but wrote no whole object")
        return self.cache.put(key, job.name, job.suffix, output, content)

    def _count(self) -> None:
        with self._counting:
            self.starts += 1

    def _run_embedded(self, job: Job, output: Path, soname: str, folder: Path) -> None:
        if self.embedded is None:
            raise CompileError(job.compiler.id, "the embedded compiler does not run here: there is no worker for it")
        request = embedded_request(job, output, soname, folder)
        self._count()
        try:
            self.embedded.compile(request)
        except CompileError as error:
            # The worker knows neither the compiler's id nor the folder that must not be in the words.
            raise CompileError(job.compiler.id, _trimmed(error.words, folder), error.reason) from None
        except (OSError, EOFError) as error:  # the way to the worker broke; the cache is not to blame
            raise CompileError(job.compiler.id, f"error: its worker was lost: {error}", "crashed") from error

    def _run_program(self, job: Job, output: Path, soname: str, folder: Path, stop: threading.Event | None) -> None:
        compiler = job.compiler
        if not compiler.command:
            raise CompileError(compiler.id, f"{compiler.id} is Python itself and compiles nothing")
        env = process.environment({"TMPDIR": str(folder)})  # a killed compiler's litter goes with the folder
        if compiler.family == "zig":
            env |= zig_environment(self.cache.root)
        argv = command_line(job, output, soname)
        self._count()
        limit = min(self.timeout, _LIMITS.get(compiler.family, self.timeout))
        try:
            ended = process.run(argv, timeout=limit, cwd=folder, env=env, stop=stop)
        except OSError as error:
            raise CompileError(compiler.id, f"error: {argv[0]} cannot be started: {error.strerror}") from error
        failure = _failure(ended, limit)
        if failure is not None:
            reason, note = failure
            words = _trimmed(ended.output, folder)
            raise CompileError(compiler.id, f"{note}\n{words}".strip(), reason)


def _failure(ended: process.Finished, timeout: float) -> tuple[Reason, str] | None:
    if ended.stopped:
        return "hung", "stopped: the run was interrupted"
    if ended.timed_out:
        return "hung", f"error: no end after {timeout:g} s"
    if ended.flooded:
        return "error", "error: it printed without end and was killed"
    if ended.code < 0:
        return "crashed", f"error: killed by signal {-ended.code}"
    if ended.code == 0:
        return None
    if ended.code > 128 or ended.code == _GCC_INTERNAL or _CRASHED.search(ended.output):
        return "crashed", ""
    return "error", "" if ended.output.strip() else f"error: exit code {ended.code} without a word"


def _trimmed(words: str, folder: Path) -> str:
    """Give the compiler's words without the working folder's name, and no more than anyone reads."""
    words = words.replace(f"{folder}/", "").replace("\0", "").strip()
    return words if len(words) <= _MOST_WORDS else words[:_MOST_WORDS] + "\n[...]"
