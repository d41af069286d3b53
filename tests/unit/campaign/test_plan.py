"""Plans: what they say, the units that they come to, and the sentence for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.campaign.plan import PlanError, read_plan
from conformance.campaign.units import CampaignUnit, units
from tests.e2e.commandline import CHECKOUT, broken

SMALL = '[runs.a]\nsubjects = ["reference"]\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(text)
    return path


def made(folder: Path, text: str) -> tuple[CampaignUnit, ...]:
    return units(read_plan(write(folder, text)))


def test_a_unit_for_each_seed_side_and_target(tmp_path: Path) -> None:
    found = made(
        tmp_path, f'{SMALL}compilers = ["gcc-12", "clang:-O1"]\ntargets = ["x86-64", "s390x", "i386"]\nseeds = 2\n'
    )
    assert [(unit.seed, unit.options[3], unit.needs) for unit in found[:6]] == [
        (0, "gcc-12", ("gcc-12",)),
        (0, "clang:-O1", ("clang",)),
        (0, "s390x-linux-gnu-gcc-12", ("s390x-linux-gnu-gcc-12", "s390x")),
        (0, "clang:-O1 --target=s390x-linux-gnu", ("clang", "s390x")),
        (0, "gcc-12:-O2 -m32", ("gcc-12",)),
        (0, "clang:-O1 -m32", ("clang",)),
    ]  # fmt: skip
    assert [unit.seed for unit in found] == [0] * 6 + [1] * 6
    assert len({unit.name for unit in found}) == 12


def test_a_pair_needs_both_of_its_compilers(tmp_path: Path) -> None:
    (unit,) = made(tmp_path, f'{SMALL}pairs = ["gcc-12:-O0/gcc-12"]\ntargets = ["armhf"]\n')
    cross = "arm-linux-gnueabihf-gcc-12"
    assert unit.options[2:4] == ("--pair", f"{cross}:-O0/{cross}")
    assert unit.needs == (cross, "armhf")
    (unit,) = made(tmp_path, f'{SMALL}pairs = ["tcc/gcc"]\n')
    assert unit.needs == ("tcc", "gcc")


def test_versions_and_headers_meet(tmp_path: Path) -> None:
    text = '[runs.a]\nsubjects = ["tvm-ffi-cpp"]\nversions = ["0.1.9", "0.1.10"]\nbuilt = ["0.1.8", "0.1.9"]\n'
    found = made(tmp_path, text)
    assert [(unit.subject, unit.version, unit.options[2:4]) for unit in found] == [
        (f"tvm-ffi-cpp=={runs}", runs, ("--built", built))
        for runs in ("0.1.9", "0.1.10")
        for built in ("0.1.8", "0.1.9")
    ]


@pytest.mark.parametrize(
    "changed",
    [
        f"{SMALL}first-seed = 1\n",
        f"{SMALL}profile = 'ci'\n",
        f"{SMALL}max-examples = 3\n",
        f"{SMALL}checks = ['X0-*']\n",
        f"{SMALL}compilers = ['tcc']\n",
        f"{SMALL}waivers = 'none'\n",
        f"{SMALL}waivers = 'known.toml'\n",
        SMALL.replace("reference", "reference-runtime"),
    ],
)
def test_what_decides_what_comes_of_a_unit_names_it(tmp_path: Path, changed: str) -> None:
    (tmp_path / "known.toml").write_text("# none yet\n")
    (first,), (other,) = made(tmp_path, SMALL), made(tmp_path, changed)
    assert first.name != other.name


def test_how_long_it_may_take_and_its_table_do_not_name_it(tmp_path: Path) -> None:
    (first,), (other,) = made(tmp_path, SMALL), made(tmp_path, f"unit-time = '5s'\n{SMALL.replace('.a]', '.b]')}")
    assert (first.name, first.limit, other.limit) == (other.name, 1800, 5)
    assert (str(first), str(other)) == ("a: reference seed 0", "b: reference seed 0")
    assert len(made(tmp_path, SMALL + SMALL.replace(".a]", ".b]"))) == 1, "a unit is there once"


def test_a_release_names_a_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (first,) = made(tmp_path, SMALL)
    monkeypatch.setattr("conformance.campaign.units.__version__", "99")
    (other,) = made(tmp_path, SMALL)
    assert first.name != other.name


def test_a_manifest_is_beside_the_plan_and_its_sources_name_the_unit(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.symlink_to(broken("accepts-few").parent)
    (unit,) = made(tmp_path, '[runs.a]\nsubjects = ["mine/subject.toml"]\n')
    assert unit.subject == str(folder / "subject.toml")
    (other,) = made(tmp_path, f'[runs.a]\nsubjects = ["{broken("accepts-many")}"]\n')
    assert unit.name != other.name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "plan.toml: [runs] is missing; add a table [runs.NAME]"),
        ("[runs]\n", "[runs] is empty; add a table"),
        ("[runs.a]\n", '[runs.a] subjects is missing; add subjects = ["reference"]'),
        ("[runs.a]\nsubjects = 'x'\n", "subjects must be a list of texts, each once, with one at least, not 'x'"),
        (f"{SMALL}seed = 1\n", "[runs.a] has no key 'seed'; there are subjects, versions"),
        (f"{SMALL}seeds = 0\n", "[runs.a] seeds must be a whole number from 1 up, not 0"),
        (f"{SMALL}seeds = 1.0\n", "[runs.a] seeds must be a whole number"),
        (f"{SMALL}profile = 'nightly'\n", "[runs.a] profile = 'nightly'; it is 'quick' or 'ci'"),
        (f"{SMALL}checks = ['X0-TIPE']\n", "[runs.a] checks: X0-TIPE: there is no such check; did you mean X0-TYPE?"),
        (f"{SMALL}targets = ['s390x']\n", "name compilers, such as gcc-12"),
        (f"{SMALL}compilers = ['gcc']\ntargets = ['vax']\n", "there is no target 'vax'; there are x86-64"),
        (f"{SMALL}compilers = ['tcc']\ntargets = ['s390x']\n", "tcc makes no code for s390x; name gcc or clang there"),
        (f"{SMALL}compilers = ['gcc -O3']\n", "compilers: the compiler spec 'gcc -O3' has flags without a colon"),
        (f"{SMALL}compilers = ['gcc']\npairs = ['gcc/tcc']\n", "leave out compilers, or make another table"),
        (f"{SMALL}pairs = ['gcc']\n", "[runs.a] pairs: 'gcc': this is no pair; write CALLER/CALLEE"),
        (f"{SMALL}waivers = 'no.toml'\n", "no.toml: cannot be read"),
        (f"{SMALL}versions = ['1']\n", "'reference' is there in one version only"),
        ("[runs.a]\nsubjects = ['tvm-ffi']\nversions = ['new']\n", "'tvm-ffi==new' names no version; write"),
        ("[runs.a]\nsubjects = ['tvm-ffi@/tmp']\n", "is a path of this machine; name a version"),
        (f"unit-time = 'soon'\n{SMALL}", "unit-time = 'soon': this is no time; write it like 90s, 5m or 2h"),
        (f"store = ''\n{SMALL}", "store must be a folder, or the URL of an object store, not ''"),
        ("runs = [", "plan.toml: is not valid TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_with_file_key_and_mend(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PlanError) as error:
        made(tmp_path, text)
    assert words in str(error.value)
    assert str(error.value).startswith(f"{tmp_path / 'plan.toml'}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["plan", "field"])
def test_the_examples_are_plans(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda _: "1")  # whatever is installed here
    path = CHECKOUT / "examples" / "campaign" / f"{name}.toml"
    found = units(read_plan(path))
    assert len(found) == {"plan": 20 + 8 + 3, "field": 6 + 4 + 1 + 8 + 3}[name]
    assert read_plan(path).store == str(path.parent / {"plan": "results", "field": "field"}[name])
