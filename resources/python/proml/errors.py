"""Failures that a person can mend, and the one that is no failure."""

from __future__ import annotations


class JobError(Exception):
    """One sentence that says what is wrong, one that says what to do, and the column or node it is about."""

    def __init__(self, message: str, hint: str, place: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place = place


class Cancelled(Exception):
    """The run was asked to stop."""
