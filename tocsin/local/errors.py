"""What can go wrong with the local stage itself."""

from tocsin.exceptions import TocsinError


class LocalStageError(TocsinError):
    """The local stage cannot be started, stopped or reached; the message says what to do."""
