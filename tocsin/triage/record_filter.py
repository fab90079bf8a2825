"""Which records of the error log: what `errors` was asked for."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RecordFilter:
    """Every condition that is given has to hold.

    ``since`` is the earliest time (ISO 8601, UTC); ``error_type`` and ``release`` are whole,
    ``text`` is a part of type, message, frame or stack trace in any case.
    """

    since: str = ""
    error_type: str = ""
    release: str = ""
    text: str = ""
    fingerprint: str = ""

    def passes(self, record: dict[str, Any]) -> bool:
        """Whether ``record`` is one of those."""
        whole = (
            ("errorType", self.error_type),
            ("release", self.release),
            ("fingerprint", self.fingerprint),
        )
        if any(wanted and record.get(name) != wanted for name, wanted in whole):
            return False
        if not self.text:
            return True
        read = ("errorType", "errorMessage", "topFrame", "stackTrace")
        words = "\n".join(str(record.get(name, "")) for name in read)
        return self.text.casefold() in words.casefold()
