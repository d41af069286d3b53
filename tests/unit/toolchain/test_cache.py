"""The cache: never a wrong object, never a broken one, never a reason to fail."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import conformance
from conformance.toolchain import Cache, CacheError, CompileError, Toolchain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Fake


def test_a_truncated_object_is_built_again(fake: Callable[..., Fake], toolchain: Toolchain) -> None:
    compiler = fake()
    path = toolchain.build(compiler.job()).path
    whole = path.read_bytes()
    for broken in (b"", whole[:-1], whole[:10], whole[:20] + b"?" + whole[21:], whole + b"?"):
        path.unlink()
        path.write_bytes(broken)
        assert not toolchain.build(compiler.job()).cached
        assert path.read_bytes() == whole


def test_a_foreign_object_is_built_again(fake: Callable[..., Fake], toolchain: Toolchain) -> None:
    compiler = fake()
    mine = toolchain.build(compiler.job()).path
    other = toolchain.build(compiler.job("int y;")).path
    mine.write_bytes(other.read_bytes())
    assert not toolchain.build(compiler.job()).cached
    assert toolchain.build(compiler.job()).cached


def test_an_unwritable_folder_is_one_warning(fake: Callable[..., Fake], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "cache")
    toolchain = Toolchain(cache, None)
    compiler = fake()
    first = toolchain.build(compiler.job())
    second = toolchain.build(compiler.job("int y;"))
    assert first.path.is_file()
    assert second.path.is_file()
    assert toolchain.build(compiler.job()).cached
    assert len(cache.warnings) == 1
    assert str(tmp_path) in cache.warnings[0]
    assert tmp_path not in cache.root.parents
    private = cache.root
    del cache, toolchain
    assert not private.exists()


def test_a_path_that_the_dynamic_linker_would_split_is_not_used(fake: Callable[..., Fake], tmp_path: Path) -> None:
    cache = Cache(tmp_path / "a:b")
    assert Toolchain(cache, None).build(fake().job()).path.is_file()
    assert len(cache.warnings) == 1
    assert not (tmp_path / "a:b").exists()


def test_a_disk_that_fills_up_is_not_the_compilers_fault(
    fake: Callable[..., Fake], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    compiler = fake('case "$out" in *cache/tmp*) echo "error: cannot write"; exit 1;; esac; cat {folder}/elf >$out')
    monkeypatch.setattr(os, "posix_fallocate", full)
    cache = Cache(root)
    built = Toolchain(cache, None).build(compiler.job())
    assert built.path.is_file()
    assert root not in built.path.parents
    assert len(cache.warnings) == 1
    assert "full" in cache.warnings[0]


def test_when_nothing_can_be_written_it_says_so(
    fake: Callable[..., Fake], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(CacheError, match="No space left"):
        Toolchain(Cache(root), None).build(fake().job())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if shutil.which("mount") is None:
        pytest.skip("needs mount")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount a small file system")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk(fake: Callable[..., Fake], small_disk: Path) -> None:
    cache = Cache(small_disk / "cache")
    toolchain = Toolchain(cache, None)
    good = fake("cat {folder}/elf /proc/self/maps /proc/self/maps >$out")
    (small_disk / "filler").write_bytes(b"x" * 48 * 1024)
    large = fake("(cat {folder}/elf; head -c 100000 /dev/zero) >$out || exit 1", name="large")
    built = toolchain.build(large.job())
    assert built.path.stat().st_size > 100000
    assert len(cache.warnings) == 1
    assert toolchain.build(good.job()).path.is_file()
    assert not list((small_disk / "cache").rglob("*.so"))


SCRIPT = """
import sys
from pathlib import Path
from conformance.toolchain import Cache, Compiler, Job, CompilerTarget, Toolchain
cc, root = sys.argv[1:]
compiler = Compiler("fake", cc, "gcc", (cc,), (), "fake 1", CompilerTarget("x86_64-linux-gnu", 64, "little", True))
toolchain = Toolchain(Cache(Path(root)), None)
built = [toolchain.build(Job(compiler, "lib", texts=(("a.c", f"int x{n};"),))).path for n in range(4)]
print(toolchain.starts, *built)
"""


def test_two_processes_over_one_cache_compile_each_object_once(fake: Callable[..., Fake], root: Path) -> None:
    compiler = fake("sleep 0.2; cat {folder}/elf >$out")
    env = {**os.environ, "PYTHONPATH": str(Path(conformance.__file__).parents[1])}
    argv = [sys.executable, "-c", SCRIPT, str(compiler.path), str(root)]
    runs = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=env) for _ in range(3)]
    answers = [run.communicate(timeout=60)[0].split() for run in runs]
    assert sum(int(answer[0]) for answer in answers) == len(compiler.starts) == 4
    assert len({tuple(answer[1:]) for answer in answers}) == 1
    files = [str(file) for file in root.rglob("*") if file.is_file() and file.name != ".swept"]
    assert sorted(files) == sorted(answers[0][1:])


def test_threads_over_one_cache_compile_each_object_once(fake: Callable[..., Fake], root: Path) -> None:
    compiler = fake("sleep 0.1; cat {folder}/elf >$out")
    toolchain = Toolchain(Cache(root), None, jobs=4)
    first = toolchain.build_all([compiler.job(f"int x{n % 2};") for n in range(8)])
    assert len(set(map(str, first))) == 2
    assert toolchain.starts == 2


def test_the_least_recently_used_go_first_and_the_young_stay(fake: Callable[..., Fake], root: Path) -> None:
    toolchain = Toolchain(Cache(root), None)
    compiler = fake()
    paths = [toolchain.build(compiler.job(f"int x{n};")).path for n in range(4)]
    size = paths[0].stat().st_size
    now = time.time()
    small, none = Cache(root, limit=3 * size), Cache(root, limit=0)
    for age, path in zip((5000, 9000, 7000, 0), paths, strict=True):
        os.utime(path, (now - age, now - age))
    toolchain.build(compiler.job("int x1;"))  # used again, so young again
    assert small.sweep() == size
    assert [path.exists() for path in paths] == [True, True, False, True]
    assert none.sweep() == size
    assert [path.exists() for path in paths] == [False, True, False, True]


def test_a_run_keeps_to_the_limit_and_what_lasts_stays(
    fake: Callable[..., Fake], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [time.time()]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    compiler = fake()
    size = Toolchain(Cache(root), None).build(compiler.job("int x;")).path.stat().st_size
    toolchain = Toolchain(Cache(root, limit=20 * size), None)
    lasting = toolchain.build(replace(compiler.job("int lasting;"), lasting=True)).path
    most = 0
    for n in range(60):
        clock[0] += 120.0  # so that an object passes after five others
        path = toolchain.build(compiler.job(f"int x{n};")).path
        os.utime(path, (clock[0], clock[0]))  # by the machine's clock it is older
        most = max(most, sum(file.stat().st_size for file in root.rglob("*.so")))
    assert 15 * size < most <= 27 * size
    assert lasting.exists()


def test_a_start_sweeps_what_dead_runs_left(fake: Callable[..., Fake], root: Path) -> None:
    path = Toolchain(Cache(root), None).build(fake().job()).path
    left = root / "tmp" / "1-dead"
    left.mkdir()
    os.utime(left, (1, 1))
    os.utime(path, (1, 1))
    Cache(root, limit=0)
    assert not left.exists()
    assert not path.exists()
    left.mkdir()
    os.utime(left, (1, 1))
    Cache(root, limit=0)
    assert left.exists()  # once an hour is enough


def test_the_root_can_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABI_CONFORMANCE_CACHE", str(tmp_path / "here"))
    assert Cache().root == tmp_path / "here"
    assert not (tmp_path / "here").exists()


def test_a_failed_compile_leaves_nothing_and_is_tried_again(fake: Callable[..., Fake], toolchain: Toolchain) -> None:
    compiler = fake("[ -e {folder}/ready ] && cat {folder}/elf >$out")
    with pytest.raises(CompileError):
        toolchain.build(compiler.job())
    (compiler.path.parent / "ready").touch()
    assert not toolchain.build(compiler.job()).cached


@pytest.mark.compiler("gcc")
def test_the_loader_does_not_mind_the_trailer(root: Path) -> None:
    from conformance.toolchain import Job, resolve

    built = Toolchain(Cache(root), None).build(
        Job(resolve("gcc"), "lib", texts=(("a.c", "int f(void) { return 3; }"),))
    )
    assert ctypes.CDLL(str(built.path)).f() == 3
