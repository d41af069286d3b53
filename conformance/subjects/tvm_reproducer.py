"""x"""

from conformance.model.case import Case


def files(case: Case, target: str) -> dict[str, str]:
    """x"""
    return {}
