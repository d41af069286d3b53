from __future__ import annotations

from pathlib import Path

import pytest

from conformance.compat import wheel_evidence
from conformance.compat.wheel_evidence import Evidence, built_against, weigh
from conformance.compat.wheel_objects import SharedObject, exported, mangled, read_object, spelled
from conformance.compat.wheel_releases import ReleaseFacts, read_release
from conformance.subjects.errors import SubjectError
from tests.unit.subjects.made import wheel

from . import acme

USE = """
#include <acme/ffi/check.h>
extern "C" int use(int value) { return acme::ffi::Checked(value); }
"""


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ReleaseFacts]:
    folder = tmp_path_factory.mktemp("releases")
    return {version: acme.release(folder / version, version) for version in acme.RELEASES}


@pytest.fixture(scope="module")
def folder(releases: dict[str, ReleaseFacts], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return next(path for path in tmp_path_factory.getbasetemp().iterdir() if path.name.startswith("releases"))


def compiled(folder: Path, place: Path, version: str, text: str = USE, *flags: str, compiler: str = "g++") -> bytes:
    return acme.build(place / "use.so", text, compiler, f"-I{folder / version / acme.LAYOUT.include}", *flags)


def read(raw: bytes) -> SharedObject:
    found = read_object(raw, "use.so", acme.LAYOUT.namespace)
    assert found is not None
    return found


def fits(evidence: list[Evidence], known: list[ReleaseFacts]) -> set[str]:
    return set.intersection({release.version for release in known}, *(set(found.fits) for found in evidence))


def test_a_release_is_read_for_what_it_exports_and_what_its_headers_hold(releases: dict[str, ReleaseFacts]) -> None:
    assert releases["1.2"].exports - releases["1.1"].exports == {"AcmeClose"}
    assert releases["1.0"].lines == {"acme/ffi/check.h": frozenset({13})}
    assert releases["1.2"].lines == {"acme/ffi/check.h": frozenset({14})}
    assert set(releases["2.0"].lines) == {"acme/ffi/check.h", "acme/ffi/session.h"}
    assert {"Twice"} <= releases["1.1"].names - releases["1.0"].names


@pytest.mark.parametrize("flags", [("-O0",), ("-O2",), ("-O3", "-fvisibility=hidden")])
@pytest.mark.parametrize(
    "compiler", [pytest.param(name, marks=pytest.mark.program(name)) for name in ("g++", "clang++")]
)
@pytest.mark.parametrize(("version", "due"), [("1.0", {"1.0", "1.1"}), ("1.2", {"1.2", "2.0"})])
def test_lines_in_error_messages_tell_releases_apart(
    releases: dict[str, ReleaseFacts],
    folder: Path,
    tmp_path: Path,
    version: str,
    due: set[str],
    compiler: str,
    flags: tuple[str, ...],
) -> None:
    found = read(compiled(folder, tmp_path, version, USE, *flags, compiler=compiler))
    evidence = list(weigh(found, acme.LAYOUT.headers, list(releases.values())))
    assert [set(piece.fits) for piece in evidence if piece.kind == "lines"] == [due]
    assert version in fits(evidence, list(releases.values()))


def test_names_headers_and_imports_are_evidence_too(
    releases: dict[str, ReleaseFacts], folder: Path, tmp_path: Path
) -> None:
    known = list(releases.values())
    twice = USE.replace("Checked", "Twice")
    assert fits(list(weigh(read(compiled(folder, tmp_path, "1.1", twice)), "acme/ffi", known)), known) == {"1.1"}
    close = USE + 'extern "C" int AcmeClose(int); int close(int v) { return AcmeClose(v); }'
    evidence = list(weigh(read(compiled(folder, tmp_path, "1.2", close)), "acme/ffi", known))
    assert fits(evidence, known) == {"1.2"}
    assert ("3 imported symbols, AcmeClose among them", ("1.2",)) in [(piece.what, piece.fits) for piece in evidence]
    assert [piece.implies for piece in evidence if piece.kind == "imports"] == ["==1.2"]
    header = 'const char* file = "/b/include/acme/ffi/session.h";'
    assert fits(list(weigh(read(compiled(folder, tmp_path, "2.0", header)), "acme/ffi", known)), known) == {"2.0"}


def test_what_is_no_releases_own_says_nothing(releases: dict[str, ReleaseFacts], tmp_path: Path) -> None:
    text = 'extern "C" void foreign(const char*, int); extern "C" void own() { foreign("/x/own/check.h", 13); }'
    assert list(weigh(read(acme.build(tmp_path / "a.so", text, "g++")), "acme/ffi", list(releases.values()))) == []


def test_a_number_beside_a_path_by_chance_is_outvoted(releases: dict[str, ReleaseFacts]) -> None:
    path = "/b/include/acme/ffi/check.h"
    empty = frozenset[str]()
    known = [*releases.values(), ReleaseFacts("3.0", empty, {"acme/ffi/check.h": frozenset({99})}, empty)]
    found = SharedObject("use.so", empty, empty, empty, frozenset({(path, 13), (path, 99), (path, 14)}), frozenset())
    two = ReleaseFacts("4.0", empty, {"acme/ffi/check.h": frozenset({13, 14})}, empty)
    (piece,) = weigh(found, "acme/ffi", [*known, two])
    assert piece.fits == ("4.0",)
    assert piece.what.startswith("2 of 3 lines")


def test_a_release_without_library_or_headers_is_told(tmp_path: Path) -> None:
    with pytest.raises(SubjectError, match="has no acme/include/acme/ffi; remove the folder"):
        read_release(tmp_path, "1.0", acme.LAYOUT)
    (tmp_path / acme.LAYOUT.include / acme.LAYOUT.headers).mkdir(parents=True)
    (tmp_path / acme.LAYOUT.include / acme.LAYOUT.headers / "a.h").write_text("")
    with pytest.raises(SubjectError, match=r"has no acme/lib/libacme\.so"):
        read_release(tmp_path, "1.0", acme.LAYOUT)


class TestWheel:
    """A wheel as a whole, where releases are those of the made-up runtime."""

    @pytest.fixture(autouse=True)
    def _known(self, releases: dict[str, ReleaseFacts], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(wheel_evidence, "layout", lambda _: acme.LAYOUT)
        monkeypatch.setattr(wheel_evidence, "facts", lambda _, version: releases[version])

    def judged(self, path: Path) -> wheel_evidence.BuiltAgainst:
        return built_against(path, "acme", ["2.0", "1.0", "1.2", "1.1"])

    def test_all_its_objects_count(self, folder: Path, tmp_path: Path) -> None:
        first = compiled(folder, tmp_path, "1.1")
        second = compiled(folder, tmp_path, "1.1", USE.replace("Checked", "Twice"))
        path = wheel(tmp_path, "x", "1.0", files={"a.so": first, "b.so": second, "c.so": "no ELF"})
        shown = self.judged(path)
        assert shown.versions == ("1.1",)
        assert shown.sentence == "x-1.0-py3-none-any.whl was built against acme 1.1"
        assert {piece.file for piece in shown.evidence} == {"x/a.so", "x/b.so"}

    def test_what_a_release_lacks_is_named(self, folder: Path, tmp_path: Path) -> None:
        close = compiled(
            folder, tmp_path, "1.2", USE + 'extern "C" int AcmeClose(int); int c(int v) { return AcmeClose(v); }'
        )
        shown = self.judged(wheel(tmp_path, "x", "1.0", files={"a.so": close}))
        assert shown.lacks == dict.fromkeys(("1.0", "1.1", "2.0"), ("it has no AcmeClose, which a.so asks for",))
        brought = acme.build(tmp_path / "own.so", "int AcmeClose(int v) { return v; }", "gcc", "-xc")
        shown = self.judged(wheel(tmp_path, "y", "1.0", files={"a.so": close, "b.so": brought}))
        assert shown.lacks == {}

    def test_files_that_fit_different_releases_are_told_apart(self, folder: Path, tmp_path: Path) -> None:
        files = {f"{version}.so": compiled(folder, tmp_path, version) for version in ("1.0", "1.2")}
        shown = self.judged(wheel(tmp_path, "x", "1.0", files=files))
        assert shown.versions == ()
        assert "fits no one release of acme; by its files: x/1.0.so: 1.0 or 1.1; x/1.2.so: 1.2 or 2.0" in shown.sentence

    def test_a_name_of_the_wheels_own_yields_to_the_rest(self, folder: Path, tmp_path: Path) -> None:
        text = USE + "namespace acme { namespace ffi { int Session() { return 1; } } }"  # a class of 2.0
        shown = self.judged(wheel(tmp_path, "x", "1.0", files={"a.so": compiled(folder, tmp_path, "1.0", text)}))
        assert shown.versions == ("1.0", "1.1")

    @pytest.mark.parametrize(
        ("files", "told"), [({}, "holds no ELF object"), ({"a.so": b""}, "has no code that uses acme")]
    )
    def test_where_nothing_is_found_nothing_is_claimed(
        self, tmp_path: Path, files: dict[str, bytes], told: str
    ) -> None:
        files = {name: acme.build(tmp_path / "a.so", "int f(void) { return 1; }", "gcc", "-xc") for name in files}
        shown = self.judged(wheel(tmp_path, "x", "1.0", files=dict(files)))
        assert shown.versions == ()
        assert told in shown.sentence


@pytest.mark.parametrize(
    ("symbol", "names"),
    [
        ("_ZN4acme3ffi6detail5Inner4callEPvi", ("detail", "Inner", "call")),
        ("_ZNK4acme3ffi5Array4sizeEv", ("Array", "size")),
        ("_ZTVN4acme3ffi8ErrorObjE", ("ErrorObj",)),
        ("_ZN4acme3ffi5ArrayINS0_3AnyEE4pushEv", ("Array",)),
        ("_ZN4acme5other3fooEv", ()),
        ("AcmeOpen", ()),
    ],
)
def test_names_of_a_mangled_symbol(symbol: str, names: tuple[str, ...]) -> None:
    assert mangled(symbol, ("acme", "ffi")) == names


def test_names_in_a_text() -> None:
    text = "T acme::ffi::Array<acme::ffi::Any>::at(int) [with U = xacme::ffi::No; V = acme::other::No]"
    assert list(spelled(text, ("acme", "ffi"))) == [("Array",), ("Any",)]


def test_a_file_that_is_damaged_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    raw = acme.build(tmp_path / "a.so", "int f(void) { return 1; }", "gcc", "-xc")
    assert read_object(raw, "a.so", ("acme",)) is not None
    assert read_object(raw[:60], "a.so", ("acme",)) is None
    sections = int.from_bytes(raw[0x28:0x30], "little")
    for at in range(sections, sections + 7 * 64):  # the first headers of sections, each byte in turn
        read_object(raw[:at] + b"\xff" + raw[at + 1 :], "a.so", ("acme",))
        exported(raw[:at] + b"\xff" + raw[at + 1 :])
