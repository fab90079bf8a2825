"""What went wrong, in words that may be sent to people: they hold neither address nor token."""

from __future__ import annotations


class NotInTime(Exception):
    """A question to AWS took longer than a page may wait."""


def why(error: BaseException) -> str:
    """An error in a few words of AWS's or our own: no text of it may hold an address or a token."""
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):
        code = answer.get("Error", {}).get("Code", "")
        operation = getattr(error, "operation_name", "")
        return f"{code} {operation}".strip()
    return type(error).__name__
