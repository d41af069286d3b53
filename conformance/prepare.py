"""Prepares a run of whatever subject was asked for: one that is built with a compiler, or one that is called."""

from __future__ import annotations

from conformance.called_session import CalledSession, prepare_called
from conformance.model.options import RunOptions
from conformance.session import Session, UsageProblem
from conformance.session import prepare as prepare_built
from conformance.subjects.manifest import SubjectError
from conformance.subjects.registry import find

AnySession = Session | CalledSession


def is_called(subject: str) -> bool:
    """Whether what is asked for is a subject that is called."""
    try:
        return bool(find(subject).target)
    except SubjectError:
        return False  # whoever prepares it says what is wrong


def prepare(options: RunOptions) -> AnySession:
    """The session of a run. Raises UsageProblem: one sentence that says what is wrong and what mends it."""
    try:
        found = find(options.subject)
    except SubjectError as error:
        raise UsageProblem(str(error)) from None
    return prepare_called(found, options) if found.target else prepare_built(options)
