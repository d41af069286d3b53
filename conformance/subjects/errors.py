"""What is raised where a subject cannot be used."""

from __future__ import annotations

from conformance.model.errors import UserError


class SubjectError(UserError):
    """A subject that cannot be used; the message names the file, the key and the hint."""
