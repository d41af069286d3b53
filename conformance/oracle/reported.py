"""What a sanitizer complains of, in a few words."""

from __future__ import annotations

import re

_ERROR = re.compile(r"(?:ERROR|WARNING): (\w+Sanitizer): (.+)")
_ACCESS = re.compile(r"^((?:READ|WRITE) of size \d+)", re.MULTILINE)
_UNDEFINED = re.compile(r"runtime error: (.+)")
_WHERE = re.compile(r" (?:on|in|at) |: | 0x")
_ADDRESS = re.compile(r" 0x[0-9a-f]+")


def told(report: str) -> str:
    """The sanitizer and its complaint, without addresses, which differ from one process to the next."""
    error, access = _ERROR.search(report), _ACCESS.search(report)
    if error:
        return f"{error[1]}: {_WHERE.split(error[2])[0]}" + (f", {access[1]}" if access else "")
    undefined = _UNDEFINED.search(report)
    if undefined:
        return f"UndefinedBehaviorSanitizer: {_ADDRESS.sub('', undefined[1]).strip()}"
    return "a sanitizer"
