"""The way back from a report folder, or from a file of it, to a case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.findings.record import AGAIN, ID, FindingError, StoredFinding
from conformance.findings.validate import case_of
from conformance.model.documents import read_json
from conformance.model.outcome import RESULT_SCHEMAS
from conformance.model.schema import problem, what
from conformance.subjects.manifest import known


def read(target: str, report_dir: Path) -> StoredFinding:
    """The case that `target` names. Raises FindingError.

    `target` is the id of a finding under `report_dir`, or as much of it as tells it from the others; or the
    path of a finding's folder, of its finding.json or case.json, or of a result with one finding; or
    `result.json#id`.
    """
    try:
        if ID.fullmatch(target):
            found = _by_id(target, report_dir)
            if found is not None:
                return found
        return _by_path(target, report_dir)
    except OSError as error:
        message = f"{error.filename or target}: cannot be read: {error.strerror or error}"
        raise FindingError(f"{message}; name another file") from error
    except (ValueError, RecursionError) as error:
        raise FindingError(f"{target!r}: cannot be read: {error}; {AGAIN}") from error


def _by_id(wanted: str, report_dir: Path) -> StoredFinding | None:
    folders = sorted(
        path.name
        for path in (report_dir.iterdir() if report_dir.is_dir() else ())
        if path.name.startswith(wanted) and ID.fullmatch(path.name) and path.is_dir()
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
    stored = sorted(path.name for path in every if ID.fullmatch(path.name))
    hint = f"there are {_some(stored)}" if stored else "there are none: run 'abi-conformance run' first"
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
    raw = read_json(path, FindingError, "name a finding's folder, or one of its JSON files as it was written")
    if not isinstance(raw, dict):
        raise FindingError(f"{path}: holds {what(raw)}, not an object; {AGAIN}")
    return raw


def _from_result(raw: dict[str, Any], path: Path, wanted: str) -> StoredFinding:
    if raw.get("schema") not in RESULT_SCHEMAS:
        schemas = " or ".join(map(repr, RESULT_SCHEMAS))
        raise FindingError(f"{path}: schema is {raw.get('schema')!r}; a result has {schemas}")
    findings = raw["findings"]
    if not isinstance(findings, list) or not all(isinstance(row, dict) and "id" in row for row in findings):
        raise FindingError(f"{path}: findings must be a list of objects with an id; {AGAIN}")
    ids = [str(row["id"]) for row in findings]
    matching = [row for row in findings if str(row["id"]).startswith(wanted)]
    exact = [row for row in findings if str(row["id"]) == wanted]
    if not findings:
        raise FindingError(f"{path}: findings is empty: nothing to replay; name a result with findings")
    if not matching:
        raise FindingError(f"{path}: there is no finding '{wanted}'; there are {_some(ids)}")
    if len(matching) > 1 and not exact:
        first = f"{path}#{matching[0]['id']}"
        raise FindingError(f"{path}: findings has {len(matching)} that fit; name one of them, as in {first}")
    row = (exact or matching)[0]
    if "case" not in row:
        raise FindingError(f"{path}: findings: {row['id']} has no case; name its folder in the report folder")
    listed = raw.get("compilers", [])
    specs = {row["id"]: row["spec"] for row in listed if isinstance(row, dict) and {"id", "spec"} <= set(row)}
    finding = {"case": row["case"], "verdict": row.get("verdict", ""), "subject": _subject_of(raw, path)}
    return _from_finding({**finding, "compilers": specs}, path, f"findings: {row['id']}: case")


def _subject_of(raw: dict[str, Any], path: Path) -> str:
    """The subject of a result: as a finding's folder beside it has it, else as it was asked for, else its name."""
    for row in raw["findings"]:
        recorded = path.parent / str(row["id"]) / "finding.json"
        if ID.fullmatch(str(row["id"])) and recorded.is_file():
            subject = _load(recorded).get("subject")
            if isinstance(subject, str):
                return subject
    asked, name = _text(raw, "options", "subject", "value"), _text(raw, "subject", "name")
    return asked or (name if name in known() else "")


def _text(raw: Any, *keys: str) -> str:
    """What lies under these keys, "" where that is no text."""
    for key in keys:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw if isinstance(raw, str) else ""


def _from_finding(raw: dict[str, Any], path: Path, key: str = "case") -> StoredFinding:
    case = case_of(raw["case"], path, key)
    wrong = problem(raw, "finding")
    if wrong:
        raise FindingError(f"{path}: {wrong}; {AGAIN}")
    return StoredFinding(case, raw.get("subject", ""), raw.get("verdict", ""), raw.get("compilers", {}))


def _from_case(raw: dict[str, Any], path: Path) -> StoredFinding:
    case = case_of(raw, path, "")
    beside = path.parent / "finding.json"
    if path.name == "case.json" and beside.is_file():
        recorded = _from_finding(_load(beside), beside)
        if recorded.case == case:
            return recorded
    return StoredFinding(case, "", "")


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
