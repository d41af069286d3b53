"""`campaign`: runs on a cluster; what is stored survives whatever dies, and the same command runs the rest."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import jsonschema
import pytest

import conformance.campaign
from conformance.model.schema import schema
from tests.e2e.cluster import DaskCluster, kill, run_of
from tests.e2e.commandline import CommandLine, Ended, broken, children, interrupt, one_sentence, until

pytest.importorskip("distributed", reason="needs distributed (the extra campaign)")

pytestmark = pytest.mark.compiler("tcc")

SCHEMA = json.loads((Path(conformance.campaign.__file__).parent / "schema" / "campaign-1.json").read_text("utf-8"))
TINY = 'compilers = ["tcc"]\nchecks = ["X0-TYPE"]\nmax-examples = 1\n'
RAN = re.compile(r"^\[\d+/\d+\] (.*?)  ", re.MULTILINE)


def plan(cli: CommandLine, text: str) -> str:
    """A plan with tables of small runs; its name."""
    (cli.cwd / "plan.toml").write_text(text.replace("TINY", TINY))
    return "plan.toml"


def campaign(cli: CommandLine, *options: str | Path, **how: Any) -> Ended:
    return cli("campaign", "plan.toml", "--workers", "1", *options, timeout=300, **how)


def told(cli: CommandLine, name: str = "out.json") -> dict[str, Any]:
    """The document of the last call, held against the schema that ships."""
    document: dict[str, Any] = json.loads((cli.cwd / name).read_text("utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def stored(cli: CommandLine, folder: str = "results") -> dict[str, dict[str, Any]]:
    """What lies in the store: results, each whole."""
    found = {path.stem: json.loads(path.read_text("utf-8")) for path in (cli.cwd / folder).glob("*.json")}
    for result in found.values():
        jsonschema.Draft202012Validator(schema("result-2")).validate(result)
    return found


def test_green_red_and_waived_units_are_told_by_cause_and_none_runs_twice(cli: CommandLine) -> None:
    red = f"subjects = [{str(broken('accepts-few'))!r}]\ncompilers = ['tcc']\nchecks = ['X0-COUNT']\nmax-examples = 1\n"
    waived = 'store = "results"\n[runs.green]\nsubjects = ["reference"]\nTINY\n'
    waived += f'[runs.waived]\n{red}waivers = "known.toml"\n'
    (cli.cwd / "known.toml").write_text(
        '[[waiver]]\nkey = "few::packed::tcc>tcc::*<-*"\nverdict = "overrun"\nreason = "known"\n'
    )
    plan(cli, f"{waived}[runs.red]\n{red}")
    ended = campaign(cli, "--json", "out.json")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    document = told(cli)
    assert [unit["status"] for unit in document["units"]] == ["conforming", "conforming", "nonconforming"]
    assert set(stored(cli)) == {unit["name"] for unit in document["units"]}
    assert all(unit["processor"] > 0 and unit["calls"]["executed"] > 0 for unit in document["units"])
    (cause,) = document["causes"]
    assert cause["cause"].startswith("X0-COUNT packed few")
    assert cause["units"] == [unit["name"] for unit in document["units"][1:]]
    assert not cause["waived_by"], "one of its units has no waiver"
    assert f"NONCONFORMING: 2 of 3 units conform, 1 nonconforming; {document['calls']['executed']:,} calls" in (
        ended.stdout
    )
    assert f"    replay     {cause['replay']}" in ended.stdout
    assert cli(*shlex.split(cause["replay"])[1:]).returncode == 1
    plan(cli, waived)
    again = campaign(cli, "--json", "out.json", "--quiet")
    assert (again.returncode, again.stderr) == (0, ""), "what is stored is not run again"
    assert told(cli)["counts"] == {"units": 2, "earlier": 2, "conforming": 2}
    assert [bool(cause["waived_by"]) for cause in told(cli)["causes"]] == [True]
    assert re.fullmatch(r"CONFORMING: 2 of 2 units conform; [\d,]+ calls", again.stdout.strip())


@pytest.fixture
def cluster(cli: CommandLine, tmp_path: Path) -> Iterator[DaskCluster]:
    (tmp_path / "dask").mkdir()
    started = DaskCluster(cli, tmp_path / "dask")
    yield started
    started.stop()


def test_whatever_is_killed_nothing_that_was_stored_is_lost(cli: CommandLine, cluster: DaskCluster) -> None:
    plan(
        cli,
        'store = "results"\nworker-wait = "30s"\n[runs.here]\nsubjects = ["reference"]\nseeds = 30\nTINY'
        '[runs.nowhere]\nsubjects = ["reference"]\ncompilers = ["gcc-12"]\ntargets = ["s390x"]\n',
    )
    for _ in range(3):
        cluster.add_worker("tcc")
    cluster.wait(3)
    words = ("campaign", "plan.toml", "--scheduler", cluster.address, "--json", "out.json")
    client = cli.start(*words)
    assert client.stderr is not None
    assert client.stderr.readline() == "31 units to run\n"
    assert "nowhere: reference s390x-linux-gnu-gcc-12 seed 0  cannot be run: no worker has" in client.stderr.readline()
    assert len(stored(cli)) < 10, "that is told at once"
    first, *others = cluster.workers
    until(lambda: bool(run_of(first.pid)), 60)
    below = run_of(first.pid)
    kill(first)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))
    until(lambda: bool(stored(cli)), 60)
    kill(client)
    client.communicate()
    before = stored(cli)
    client = cli.start(*words)
    assert client.stderr is not None
    until(lambda: "[2/" in (client.stderr.readline() if client.stderr else ""), 60)
    kill(cluster.scheduler)
    out, err = client.communicate(timeout=60)
    assert client.returncode == 2, out + err
    assert "ended early: the scheduler is gone" in out
    until(lambda: all(worker.poll() is not None for worker in others))
    document, kept = told(cli), stored(cli)
    assert (document["complete"], document["exit_code"]) == (False, 2)
    assert before.items() <= kept.items()
    told_stored = {unit["name"] for unit in document["units"] if unit["status"] == "conforming"}
    assert before.keys() <= told_stored <= kept.keys()
    assert document["counts"]["no-worker"] == 1
    assert all(path.suffix == ".json" for path in (cli.cwd / "results").iterdir()), "nothing half is left"


MISBEHAVES = """
import os, signal, sys, time

words = sys.orig_argv
seed = words[words.index("--seed") + 1] if "run" in words and "--seed" in words else ""
if seed == "1":
    time.sleep(600)
if seed == "2":  # the keeper is this process's parent, and a worker's child
    with open(f"/proc/{os.getppid()}/stat") as file:
        os.kill(int(file.read().rpartition(")")[2].split()[1]), signal.SIGKILL)
    time.sleep(600)
"""
"""A sitecustomize by which the run of a certain seed hangs, or ends its worker."""


def test_a_unit_that_hangs_and_one_that_kills_its_workers_are_told(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(MISBEHAVES)
    cli.folders = (tmp_path / "site",)
    bad = '[runs.bad]\nsubjects = ["reference"]\nfirst-seed = 1\nseeds = 2\nTINY'
    plan(cli, f'store = "results"\nunit-time = "2s"\n{bad}')
    ended = campaign(cli, "--json", "out.json")
    assert ended.returncode == 2, ended.stdout + ended.stderr
    hung, killer = told(cli)["units"]
    assert (hung["status"], hung["why"]) == ("hung", "it did not come to an end within 2 s")
    assert (killer["status"], killer["why"]) == ("killed", "2 workers died while they ran it")
    assert "INTERRUPTED: 0 of 2 units conform, 2 without a stored result" in ended.stdout
    assert not stored(cli)
    assert not [words for _, words in children(1) if f"{tmp_path}" in words]


FULL = """
import errno
from fsspec.implementations.memory import MemoryFileSystem

class Full(MemoryFileSystem):
    protocol = "full"

    def pipe_file(self, path, value, mode="overwrite", **kwargs):
        if path.endswith(".json"):
            raise OSError(errno.ENOSPC, "No space left on device")
        super().pipe_file(path, value, mode, **kwargs)
"""


def test_a_full_store_ends_a_campaign_and_is_told(cli: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    (folder / "full-1.dist-info").mkdir(parents=True)
    (folder / "full.py").write_text(FULL)
    (folder / "full-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: full\nVersion: 1\n")
    (folder / "full-1.dist-info" / "entry_points.txt").write_text("[fsspec.specs]\nfull = full:Full\n")
    cli.folders = (folder,)
    plan(cli, 'store = "full://results"\n[runs.here]\nsubjects = ["reference"]\nseeds = 3\nTINY')
    code, shown = cli.on_terminal("campaign", "plan.toml", "--workers", "1", "--json", "out.json", columns=120)
    assert code == 2, shown
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", shown)
    assert re.search(r"runs +done +nonconforming +not stored +calls", shown), "a table shows how far it is"
    assert re.search(r"here +0/3 +0 +0 +0", shown)
    assert re.search(r"^dashboard http://127.0.0.1:\d+/status", shown, re.MULTILINE)
    assert "ended early: the store full://results is full (No space left on device); make room there" in shown
    assert [unit["status"] for unit in told(cli)["units"]] == ["not-stored", "pending", "pending"]


def test_an_interrupted_campaign_leaves_no_process(cli: CommandLine) -> None:
    plan(cli, 'store = "results"\n[runs.here]\nsubjects = ["reference"]\nTINY')
    process = cli.start("campaign", "plan.toml", "--workers", "1", "--json", "out.json")
    until(lambda: bool(run_of(process.pid)), 60)
    below = [pid for pid, _ in children(process.pid)]
    interrupt(process, group=True)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, out + err
    assert "Traceback" not in out + err
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))
    assert "ended early: interrupted" in out
    assert told(cli)["exit_code"] == 2
    assert told(cli)["counts"].get("pending", 0) == 1 - len(stored(cli))


@pytest.fixture
def s3() -> Iterator[dict[str, str]]:
    """The environment in which s3:// is a server of moto, with a bucket."""
    pytest.importorskip("moto", reason="needs moto (pip install 'moto[server]')")
    pytest.importorskip("s3fs", reason="needs s3fs (the extra campaign-s3)")
    serve = "from moto.server import ThreadedMotoServer as S; import time; s = S('127.0.0.1', 0); s.start(); "
    serve += "print('port', s.get_host_and_port()[1], flush=True); time.sleep(600)"
    server = subprocess.Popen(
        [sys.executable, "-c", serve], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert server.stdout is not None
        port = next(line.split()[1] for line in server.stdout if line.startswith("port "))
        url = f"http://127.0.0.1:{port}"
        keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "testing")
        urlopen(Request(f"{url}/nightly", method="PUT"))
        yield {"AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": "us-east-1", **keys}
    finally:
        server.kill()
        server.communicate()


def test_an_object_store_takes_results_once(cli: CommandLine, s3: dict[str, str]) -> None:
    plan(cli, '[runs.here]\nsubjects = ["reference"]\nTINY')
    ended = campaign(cli, "--store", "s3://nightly/one", "--json", "out.json", env=s3)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (unit,) = told(cli)["units"]
    assert unit["result"] == f"s3://nightly/one/{unit['name']}.json"
    looked = "import sys; from conformance.campaign.store import ResultStore; name = sys.argv[1]; "
    looked += "store = ResultStore('s3://nightly/one'); "
    looked += "print(store.names(), store.put(name, b'x'), dict(store.results([name]))[name]['seed'])"
    ended = cli.plain(sys.executable, "-c", looked, unit["name"], env=s3)
    assert ended.stdout == f"{ {unit['name']} } False 0\n", ended.stderr


SMALL = "[runs.a]\nsubjects = ['reference']\n"


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("[runs.a]\n", (), "plan.toml: [runs.a] subjects is missing; add subjects"),
        (SMALL, ("--store", "s", "--scheduler", "nothing://here"), "no scheduler answers at nothing://here"),
    ],
)
def test_bad_input_is_one_sentence(cli: CommandLine, text: str, options: tuple[str, ...], words: str) -> None:
    plan(cli, text)
    assert words in one_sentence(cli("campaign", "plan.toml", *options))
