"""Look at one case: the same wrong call with type codes, and without."""

import sys
from dataclasses import replace

from hypothesis import find

from conformance import api


def is_wrong_kind(case: api.Case) -> bool:
    """Whether an argument is passed as another kind than the callee declares."""
    return case.mismatch.cls == "type" and case.passed != case.declared


wrong = find(api.calls(), is_wrong_kind)  # Hypothesis' find gives the simplest call that is so
with api.subject(*sys.argv[1:], compiler="tcc") as subject:
    for case in (wrong, replace(wrong, convention="unpacked", check="X1-SILENT")):
        print(subject.call(case).message)
