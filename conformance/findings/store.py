"""Findings on disk: a folder with the case as JSON and a reproducer in C, and the way back to the case."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import conformance
from conformance.checks import CHECKS
from conformance.codegen.reproducer import Commands, Recipe, render
from conformance.model.case import CASE_SCHEMA, RESULT, Case
from conformance.model.kinds import KINDS, NONE
from conformance.model.outcome import Finding
from conformance.model.signature import MAX_ARGS, Signature
from conformance.model.value import NO_VALUE, Value
from conformance.model.verdict import VERDICTS
from conformance.subjects.manifest import Subject, known
from conformance.toolchain.includes import FileReader

RESULT_SCHEMA = "abi-conformance/1"

_MOST_BYTES = 256 << 20
_AGAIN = "run the suite again, or take the file as it was written"
_ID = re.compile(r"[0-9a-f]{1,64}")


class FindingError(ValueError):
    """A finding that cannot be written or read; the message names the file, the key and the mend."""


@dataclass(frozen=True)
class StoredFinding:
    """A recorded case. `subject` is a name or a manifest's path; it and `verdict` are empty if unrecorded.

    `specs` are what the case's compilers were asked for by, by id.
    """

    case: Case
    subject: str
    verdict: str
    specs: Mapping[str, str] = field(default_factory=dict)


def subject_name(subject: Subject) -> str:
    """What to load the subject by again: its name where it ships with the package, else its manifest."""
    shipped = {path.resolve(): name for name, path in known().items() if path.is_file()}
    return shipped.get(subject.manifest, str(subject.manifest))


# ---- Writing -----------------------------------------------------------------------------------------------


def write(
    finding: Finding,
    subject: Subject,
    report_dir: Path,
    commands: Commands | None = None,
    specs: Mapping[str, str] | None = None,
) -> Path:
    """Makes the finding's folder under `report_dir`, whole or not at all. Raises FindingError.

    `commands` are the compilers' programs and flags by id; what is no program may be left out or be empty. `specs` are
    what to ask for the compilers by again, by id.
    """

    def fill(folder: Path, case: Case) -> None:
        recipe = _copy(subject, folder, commands or {})
        for name, text in render(case, subject, finding.required, finding.observed, recipe).items():
            _write(folder / name, text)

    return _written(finding, report_dir, subject_name(subject), specs or {}, fill)


def write_called(
    finding: Finding, spec: str, report_dir: Path, files: Callable[[Case], Mapping[str, str]], specs: Mapping[str, str]
) -> Path:
    """The same for a subject that is called and was asked for by `spec`; `files` are those of a reproducer of its own.

    Raises FindingError.
    """

    def fill(folder: Path, case: Case) -> None:
        for name, text in files(case).items():
            if Path(name).name != name:
                raise ValueError(f"the subject names a file {name!r} of its reproducer, which is no plain name")
            _write(folder / name, text)

    return _written(finding, report_dir, spec, specs, fill)


def _written(
    finding: Finding,
    report_dir: Path,
    subject: str,
    specs: Mapping[str, str],
    fill: Callable[[Path, Case], None],
) -> Path:
    target = report_dir / finding.id
    try:
        case = Case.from_json(finding.case)
        recorded = {
            "case": finding.case,
            "subject": subject,
            "verdict": finding.verdict,
            "compilers": {name: specs[name] for name in sorted(_compilers(case)) if name in specs},
            "tool": conformance.__version__,
        }
        report_dir.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{finding.id}.", dir=report_dir))
        try:
            _write(beside / "case.json", _json(finding.case))
            _write(beside / "finding.json", _json(recorded))
            fill(beside, case)
            # mkdtemp's folders are its user's alone; this one is as any other.
            mask = os.umask(0)
            os.umask(mask)
            beside.chmod(0o777 & ~mask)
            _put_in_place(beside, target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        words = f"{error.filename or target}: cannot be written: {error.strerror or error}"
        raise FindingError(f"{words}; name another --report-dir") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FindingError(f"{target}: the finding has no reproducer: {error}") from error
    return target


def _compilers(case: Case) -> set[str]:
    return {case.caller, case.callee, *(one for pair in [case.against] if pair for one in pair)}


def _put_in_place(beside: Path, target: Path) -> None:
    for _ in range(8):
        try:
            beside.rename(target)
        except OSError:
            if not (target.exists() or target.is_symlink()):
                raise
        else:
            return
        if target.is_dir() and not target.is_symlink():
            # The old one must be gone for the new one to come; in between there is none, never half of one.
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
            try:
                target.rename(old / "old")
            except FileNotFoundError:
                continue  # another process was quicker
            finally:
                shutil.rmtree(old, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)
    beside.rename(target)


def _copy(subject: Subject, folder: Path, commands: Commands) -> Recipe:
    """Copies what the subject's C needs, each file where it lies relative to the others."""
    include = tuple(dict.fromkeys((subject.binding.parent, *subject.include)))
    files = list(dict.fromkeys((subject.binding, *subject.sources, *_reached(subject, include))))
    base = Path(os.path.commonpath([*(file.parent for file in files), *include]))

    def place(path: Path) -> str:
        return (Path("subject") / path.relative_to(base)).as_posix()

    for path in files:
        to = folder / place(path)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
    for path in include:
        (folder / place(path)).mkdir(parents=True, exist_ok=True)
    return Recipe(
        binding=place(subject.binding),
        sources=tuple(map(place, subject.sources)),
        include=tuple(map(place, include)),
        libraries=subject.libraries,
        commands=commands,
    )


def _reached(subject: Subject, include: tuple[Path, ...]) -> Iterator[Path]:
    """The files that the binding and the sources include, in folders of the user's."""
    lines = FileReader().reached((), (subject.binding, *subject.sources), include)
    for line in lines:
        name, _, digest = line.partition("\t")
        if digest != "not found":
            yield Path(os.path.normpath(name))


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="surrogateescape")


# ---- Reading -----------------------------------------------------------------------------------------------


def read(target: str, report_dir: Path) -> StoredFinding:
    """The case that `target` names. Raises FindingError.

    `target` is the id of a finding under `report_dir`, or as much of it as tells it from the others; or the
    path of a finding's folder, of its finding.json or case.json, or of a result with one finding; or
    `result.json#id`.
    """
    try:
        if _ID.fullmatch(target):
            found = _by_id(target, report_dir)
            if found is not None:
                return found
        return _by_path(target, report_dir)
    except OSError as error:
        words = f"{error.filename or target}: cannot be read: {error.strerror or error}"
        raise FindingError(f"{words}; name another file") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, FindingError):
            raise
        raise FindingError(f"{target!r}: cannot be read: {error}; {_AGAIN}") from error


def _by_id(wanted: str, report_dir: Path) -> StoredFinding | None:
    folders = sorted(
        path.name
        for path in (report_dir.iterdir() if report_dir.is_dir() else ())
        if path.name.startswith(wanted) and _ID.fullmatch(path.name) and path.is_dir()
    )
    if len(folders) > 1 and wanted not in folders:
        raise FindingError(
            f"{report_dir}: '{wanted}' begins {len(folders)} findings: {_some(folders)}; give more of it"
        )
    if folders:
        return _read_folder(report_dir / (wanted if wanted in folders else folders[0]))
    if Path(wanted).exists():
        return None
    every = report_dir.iterdir() if report_dir.is_dir() else ()
    there = sorted(path.name for path in every if _ID.fullmatch(path.name))
    hint = f"there are {_some(there)}" if there else "there are none: run 'abi-conformance run' first"
    raise FindingError(f"{report_dir}: there is no finding '{wanted}'; {hint}")


def _by_path(target: str, report_dir: Path) -> StoredFinding:
    path, wanted = Path(target), ""
    if not path.exists() and "#" in target:
        name, _, wanted = target.rpartition("#")
        path = Path(name)
    if not target or not path.exists():
        raise FindingError(
            f"'{target}' is neither the id of a finding in {report_dir} nor a file; "
            "give one of these, or RESULT.json#ID"
        )
    if path.is_dir():
        return _read_folder(path)
    raw = _load(path)
    if "findings" in raw:
        return _from_result(raw, path, wanted)
    if wanted:
        raise FindingError(f"{path}: is no result with findings, so '#{wanted}' says nothing; leave it out")
    return _from_finding(raw, path) if "case" in raw else _from_case(raw, path)


def _read_folder(folder: Path) -> StoredFinding:
    for name in ("finding.json", "case.json"):
        path = folder / name
        if path.is_file():
            raw = _load(path)
            return _from_finding(raw, path) if name == "finding.json" else _from_case(raw, path)
    raise FindingError(f"{folder}: has neither finding.json nor case.json; name the folder of a finding")


def _load(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise FindingError(f"{path}: is no file; name a finding's folder or one of its JSON files")
    if path.stat().st_size > _MOST_BYTES:
        raise FindingError(f"{path}: is too large; name a finding's folder or one of its JSON files")
    try:
        raw = json.loads(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise FindingError(f"{path}: is not UTF-8 (byte {error.start}); {_AGAIN}") from error
    except json.JSONDecodeError as error:
        words = f"{path}: is not valid JSON: line {error.lineno}: {error.msg}"
        raise FindingError(f"{words}; {_AGAIN}") from error
    except RecursionError as error:
        raise FindingError(f"{path}: is nested too deeply to be a finding; {_AGAIN}") from error
    if not isinstance(raw, dict):
        raise FindingError(f"{path}: holds {_what(raw)}, not an object; {_AGAIN}")
    return raw


def _from_result(raw: dict[str, Any], path: Path, wanted: str) -> StoredFinding:
    if raw.get("schema") != RESULT_SCHEMA:
        raise FindingError(f"{path}: schema is {raw.get('schema')!r}; a result has '{RESULT_SCHEMA}'")
    findings = raw["findings"]
    if not isinstance(findings, list) or not all(isinstance(one, dict) and "id" in one for one in findings):
        raise FindingError(f"{path}: findings must be a list of objects with an id; {_AGAIN}")
    ids = [str(one["id"]) for one in findings]
    matching = [one for one in findings if str(one["id"]).startswith(wanted)]
    exact = [one for one in findings if str(one["id"]) == wanted]
    if not findings:
        raise FindingError(f"{path}: findings is empty: nothing to replay; name a result with findings")
    if not matching:
        raise FindingError(f"{path}: there is no finding '{wanted}'; there are {_some(ids)}")
    if len(matching) > 1 and not exact:
        first = f"{path}#{matching[0]['id']}"
        raise FindingError(f"{path}: findings has {len(matching)} that fit; name one of them, as in {first}")
    one = (exact or matching)[0]
    if "case" not in one:
        raise FindingError(f"{path}: findings: {one['id']} has no case; name its folder in the report folder")
    case = _case(one["case"], path, f"findings: {one['id']}: case")
    listed = raw.get("compilers", [])
    specs = {str(one["id"]): str(one["spec"]) for one in listed if isinstance(one, dict) and {"id", "spec"} <= set(one)}
    return StoredFinding(case, _subject_of(raw, path), _verdict(one, path), specs)


def _subject_of(raw: dict[str, Any], path: Path) -> str:
    """The subject of a result: as a finding's folder beside it has it, else its name where that one ships."""
    for one in raw["findings"]:
        recorded = path.parent / str(one["id"]) / "finding.json"
        if _ID.fullmatch(str(one["id"])) and recorded.is_file():
            subject = _load(recorded).get("subject")
            if isinstance(subject, str):
                return subject
    subject = raw.get("subject")
    name = subject.get("name") if isinstance(subject, dict) else None
    return name if isinstance(name, str) and name in known() else ""


def _from_finding(raw: dict[str, Any], path: Path) -> StoredFinding:
    subject = raw.get("subject", "")
    if not isinstance(subject, str):
        raise FindingError(f"{path}: subject must be a name or a path, not {_what(subject)}; {_AGAIN}")
    specs = raw.get("compilers", {})
    if not isinstance(specs, dict):
        raise FindingError(f"{path}: compilers must be an object of ids and specs, not {_what(specs)}; {_AGAIN}")
    specs = {str(name): str(spec) for name, spec in specs.items()}
    return StoredFinding(_case(raw["case"], path, "case"), subject, _verdict(raw, path), specs)


def _from_case(raw: dict[str, Any], path: Path) -> StoredFinding:
    case = _case(raw, path, "")
    beside = path.parent / "finding.json"
    if path.name == "case.json" and beside.is_file():
        recorded = _from_finding(_load(beside), beside)
        if recorded.case == case:
            return recorded
    return StoredFinding(case, "", "")


def _verdict(raw: dict[str, Any], path: Path) -> str:
    verdict = raw.get("verdict", "")
    if not isinstance(verdict, str) or (verdict and verdict not in VERDICTS):
        raise FindingError(f"{path}: verdict is {verdict!r}; it is one of {', '.join(VERDICTS)}")
    return verdict


def _case(raw: Any, path: Path, key: str) -> Case:
    where = f"{path}: {key}: " if key else f"{path}: "
    if not isinstance(raw, dict):
        raise FindingError(f"{where}is {_what(raw)}, not an object; {_AGAIN}")
    if raw.get("schema") != CASE_SCHEMA:
        raise FindingError(f"{where}schema is {raw.get('schema')!r}; a case has '{CASE_SCHEMA}'")
    try:
        case = Case.from_json(raw)
    except KeyError as error:
        raise FindingError(f"{where}{error.args[0]} is missing; {_AGAIN}") from error
    except RecursionError as error:
        raise FindingError(f"{where}history is nested too deeply; {_AGAIN}") from error
    except (ValueError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise FindingError(f"{where}is no case: {error}; {_AGAIN}") from error
    for at, (plain, one) in enumerate(zip((*raw["history"], raw), (*case.history, case), strict=True)):
        wrong = _wrong_types(plain) or _wrong(one)
        if at < len(case.history) and one.history:
            wrong = "has a history of its own"
        if wrong is not None:
            within = f"history[{at}]: " if at < len(case.history) else ""
            raise FindingError(f"{where}{within}{wrong}; {_AGAIN}")
    return case


def _wrong(case: Case) -> str | None:
    """What keeps a case that parses from being run, as `key ...`; None where nothing does."""
    if case.check not in CHECKS:
        return f"check is '{case.check}'; it is one of {', '.join(CHECKS)}"
    for name, signature in (("passed", case.passed), ("declared", case.declared)):
        if len(signature) > MAX_ARGS:
            return f"{name} has {len(signature)} arguments; there may be {MAX_ARGS}"
    if any(param.kind == "null" for param in case.declared.params):
        return "declared holds null, which can be passed only"
    for name, values in (("payload", case.payload), ("second", case.second)):
        wrong = _wrong_values(values, case.passed)
        if wrong is not None and (values or name == "payload"):
            return f"{name} {wrong}"
    wrong = None if case.result == NO_VALUE else _wrong_value(case.result, case.declared.ret)
    if wrong is not None:
        return f"result {wrong}"
    return _wrong_wire(case) or _wrong_mismatch(case)


def _wrong_values(values: tuple[Value, ...], signature: Signature) -> str | None:
    if len(values) != len(signature):
        return f"has {len(values)} values, the passed signature {len(signature)}"
    for i, (value, param) in enumerate(zip(values, signature.params, strict=True)):
        wrong = _wrong_value(value, param.kind)
        if wrong is not None:
            return f"[{i}] {wrong}"
    return None


def _wrong_value(value: Value, kind: str) -> str | None:
    if value.kind != kind:
        return f"is of kind {value.kind} where the signature has {kind}"
    if kind != NONE and not 0 <= value.bits < 1 << 8 * KINDS[kind].width:
        return f"has bits {value.bits:#x}, which do not fit a {kind}"
    return None


def _wrong_types(raw: dict[str, Any]) -> str | None:
    """What `Case.from_json` takes as it is, though it is of a wrong type."""
    mismatch, count = raw["mismatch"], raw["wire"]["count"]
    if count is not None and (not isinstance(count, int) or isinstance(count, bool)):
        return f"wire.count must be a number or null, not {_what(count)}"
    index = mismatch["index"]
    if index is not None and (not isinstance(index, int) or isinstance(index, bool)):
        return f"mismatch.index must be a number or null, not {_what(index)}"
    for key in ("declared", "passed"):
        if not isinstance(mismatch[key], str):
            return f"mismatch.{key} must be a text, not {_what(mismatch[key])}"
    if raw["mismatch"]["class"] == "swap" and not (mismatch["declared"] + mismatch["passed"]).isdecimal():
        return "mismatch of a swap must name two arguments by their numbers"
    return None


def _wrong_wire(case: Case) -> str | None:
    codes, count = case.wire.codes, case.wire.count
    for number in [*(code for _, code in codes), *(() if count is None else (count,))]:
        if not -(2**31) <= number < 2**31:
            return f"wire has {number}, which does not fit an int"
    for at, _ in codes:
        if not (at == RESULT and case.wire.handed) and not 0 <= at < len(case.passed):
            return f"wire.codes names argument {at} where {len(case.passed)} are passed"
    if len(codes) > 2:
        return "wire.codes changes more than two codes"
    for name in case.wire.nulls:
        if name not in ("args", "codes", "ret"):
            return f"wire.nulls has {name!r}; there are args, codes and ret"
    if count == len(case.declared) != len(case.passed):
        return f"wire.count is {count}, and {len(case.passed)} are passed"
    return None


def _wrong_mismatch(case: Case) -> str | None:
    index = case.mismatch.index
    if index is not None and not 0 <= index < max(len(case.passed), len(case.declared)):
        return f"mismatch.index is {index}, and there is no such argument"
    if case.convention == "direct" and case.passed != case.declared:
        return "convention is direct, which can only be called as it is declared"
    return None


def _what(raw: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(raw), "a number")


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
