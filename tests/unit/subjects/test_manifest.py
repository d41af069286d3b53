"""Manifests: what `subject.toml` says beside the rules table that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.subjects.errors import SubjectError
from conformance.subjects.manifest import load_subject

MANIFEST = """
[subject]
name = "acme"
rules = "rules.toml"
[build]
binding = "binding.h"
"""
RULES = """
[codes]
real = 2
nil = 4
[packs_as]
f64 = "real"
none = "nil"
[accept.f64]
exact = ["real"]
[policy]
range = "reject"
after_success = "kept"
"""


def _subject(folder: Path, manifest: str, rules: str = RULES) -> Path:
    (folder / "binding.h").write_text("")
    (folder / "rules.toml").write_text(rules)
    path = folder / "subject.toml"
    path.write_text(manifest)
    return path


def test_policy_of_a_manifest_overrides_the_rules_table(tmp_path: Path) -> None:
    policy = r"""[policy]
after_success = "empty"
error_index = 'parameter (?P<index>\d+)'
error_base = 1
"""
    rules = load_subject(str(_subject(tmp_path, MANIFEST + policy))).rules
    assert (rules.range, rules.after_success, rules.error_base) == ("reject", "empty", 1)
    assert rules.named_argument("parameter 3 is no float") == 2


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("range = 'wrap'", "[policy] range = 'wrap'; it is 'truncate' or 'reject'"),
        ("contents = 'compared'", "[policy] contents = 'compared'; it is 'none' or 'read'"),
        ("rnage = 'reject'", "[policy] has no key 'rnage'; there are range"),
        ("error_index = '[0-9'", "[policy] error_index = '[0-9' is no regular expression"),
    ],
)
def test_what_is_wrong_with_a_manifests_policy_is_named(tmp_path: Path, policy: str, says: str) -> None:
    path = _subject(tmp_path, f"{MANIFEST}[policy]\n{policy}\n")
    with pytest.raises(SubjectError) as caught:
        load_subject(str(path))
    assert says in str(caught.value)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(("line", "language"), [("", "c"), ('language = "c"', "c"), ('language = "c++"', "c++")])
def test_the_binding_header_is_c_unless_the_manifest_says_otherwise(tmp_path: Path, line: str, language: str) -> None:
    subject = load_subject(str(_subject(tmp_path, f"{MANIFEST}{line}\n")))
    assert (subject.language, subject.is_cxx) == (language, language == "c++")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('language = "C++"', "[build] language = 'C++'; it is 'c' or 'c++'"),
        ("language = 17", "[build] language = 17; it is 'c' or 'c++'"),
        ('langauge = "c++"', "[build] has no key 'langauge'; there are binding, language"),
    ],
)
def test_what_is_no_language_is_told(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(SubjectError) as caught:
        load_subject(str(_subject(tmp_path, f"{MANIFEST}{line}\n")))
    assert says in str(caught.value)


def test_a_packed_runtime_says_which_code_a_return_of_nothing_has(tmp_path: Path) -> None:
    path = _subject(tmp_path, MANIFEST, RULES.replace('none = "nil"', ""))
    with pytest.raises(SubjectError, match="does not say which code a return of nothing has; add none = "):
        load_subject(str(path))


KIND_OF_ITS_OWN = """
[kinds.i128]
code = "real"
values = ["0", "1"]
[accept.i128]
exact = ["real"]
"""


@pytest.mark.parametrize("kinds", ["", 'kinds = ["i128"]', 'kinds = ["f64", "i128"]'])
def test_a_kind_of_its_own_is_refused_in_a_built_subject(tmp_path: Path, kinds: str) -> None:
    manifest = MANIFEST.replace("[build]", f"{kinds}\n[build]", 1)
    path = _subject(tmp_path, manifest, RULES + KIND_OF_ITS_OWN)
    with pytest.raises(SubjectError) as raised:
        load_subject(str(path))
    said = str(raised.value)
    assert said.startswith(
        f"{path}: [subject] kinds: i128 is a kind of its own, [kinds.i128] of the rules 'rules', which "
    )
    assert 'kinds = ["f64"]' in said and "Python class" in said


def test_a_built_subject_may_name_the_kinds_that_are_not_its_own(tmp_path: Path) -> None:
    manifest = MANIFEST.replace("[build]", 'kinds = ["f64"]\n[build]', 1)
    assert load_subject(str(_subject(tmp_path, manifest, RULES + KIND_OF_ITS_OWN))).kinds == ("f64",)
