"""Reading what a user names, a result or a waiver file, with a sentence for whatever is wrong with it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from conformance.model.outcome import RESULT_SCHEMAS
from conformance.model.verdict import VERDICTS


class GateError(Exception):
    """A file that the gate cannot use; the message is one sentence with the file, the place and the hint."""


def read_text(path: Path) -> str:
    """The text of a file that a user named. Raises GateError."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise GateError(f"{path} cannot be read ({error.strerror}); name a file that is there") from error
    except UnicodeDecodeError as error:
        raise GateError(f"{path} is not UTF-8 text (byte {error.start}); name a text file") from error


def read_json(path: Path) -> Any:
    """A JSON file that a user named. Raises GateError with the line."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise GateError(
            f"{path}, line {error.lineno}: this is no JSON ({error.msg}); name a result.json that 'run' wrote"
        ) from error
    except RecursionError:
        raise GateError(f"{path} is nested too deeply; name a result.json that 'run' wrote") from None


def read_result(path: Path) -> dict[str, Any]:
    """A result that an earlier run wrote. Raises GateError with line, key and hint."""
    raw = read_json(path)
    problem = _problem(raw)
    if problem:
        raise GateError(f"{path}: {problem}; name a result.json that 'run' wrote")
    return dict(raw)


def _problem(raw: object) -> str:
    """What keeps a document from being compared as a result, or nothing. The shipped schema says all the rest."""
    if not isinstance(raw, dict):
        return "this is no JSON object"
    if raw.get("schema") not in RESULT_SCHEMAS:
        return f"key 'schema' is {raw.get('schema')!r} and should be {' or '.join(map(repr, RESULT_SCHEMAS))}"
    if not isinstance(raw.get("subject"), dict) or not isinstance(raw["subject"].get("version"), str):
        return "key 'subject.version' should be a text"
    if not isinstance(raw.get("complete", True), bool) or not isinstance(raw.get("profile"), str):
        return "key 'complete' should be true or false, and 'profile' a text"
    pairs = raw.get("pairs")
    if not isinstance(pairs, list) or not all(
        isinstance(p, list) and all(isinstance(x, str) for x in p) for p in pairs
    ):
        return "key 'pairs' should be a list of lists of texts"
    for name, strings in (("checks", ("id", "status")), ("findings", ("id", "fingerprint", "key", "check", "verdict"))):
        rows = raw.get(name)
        if not isinstance(rows, list):
            return f"key '{name}' should be a list"
        for place, row in enumerate(rows):
            for key in strings:
                if not isinstance(row, dict) or not isinstance(row.get(key), str):
                    return f"key '{name}[{place}].{key}' should be a text"
    problem = _findings_problem(raw["findings"]) or _groups_problem(raw.get("groups", []))
    if problem:
        return problem
    unknown = next((row["verdict"] for row in raw["findings"] if row["verdict"] not in VERDICTS), None)
    return f"'{unknown}' is no verdict" if unknown else ""


def _findings_problem(findings: list[dict[str, Any]]) -> str:
    texts = ("key", "check", "convention", "class", "mode", "verdict", "place")
    for place, finding in enumerate(findings):
        where, marks = f"findings[{place}]", finding.get("marks", [])
        if finding["key"].count("::") < 3:
            return f"key '{where}.key' is no case key"
        if not isinstance(finding.get("case", {}), dict):
            return f"key '{where}.case' should be an object"
        if not isinstance(marks, list):
            return f"key '{where}.marks' should be a list"
        for number, mark in enumerate(marks):
            if not isinstance(mark, dict) or not all(isinstance(mark.get(name), str) for name in texts):
                return f"keys {', '.join(texts)} of '{where}.marks[{number}]' should be texts"
            if mark["key"].count("::") < 3 or not _is_pair(mark.get("pair")):
                return f"'{where}.marks[{number}]' should have a case key and a pair of texts"
    return ""


def _is_pair(raw: object) -> bool:
    return isinstance(raw, list) and len(raw) == 2 and all(isinstance(side, str) for side in raw)


def _groups_problem(groups: object) -> str:
    if not isinstance(groups, list):
        return "key 'groups' should be a list"
    for place, group in enumerate(groups):
        where = f"groups[{place}]"
        if not isinstance(group, dict) or not all(isinstance(group.get(key), str) for key in ("group", "check")):
            return f"keys 'group' and 'check' of '{where}' should be texts"
        verdicts, examples = group.get("verdicts"), group.get("examples")
        if not isinstance(verdicts, dict) or not all(isinstance(n, int) and n > 0 for n in verdicts.values()):
            return f"key '{where}.verdicts' should be counts by verdict"
        if not isinstance(examples, dict) or not all(map(_is_example, examples.values())):
            return f"key '{where}.examples' should be cases by verdict, each with key, signature and case"
    return ""


def _is_example(raw: object) -> bool:
    if not isinstance(raw, dict) or not isinstance(raw.get("key"), str) or not isinstance(raw.get("case"), dict):
        return False
    signature = raw.get("signature")
    return isinstance(signature, dict) and all(isinstance(signature.get(key), str) for key in ("declared", "passed"))


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file. Raises GateError with the line."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise GateError(f"{path}: this is no TOML: {error}; correct it there") from error
    except RecursionError:
        raise GateError(f"{path} is nested too deeply; correct it") from None
