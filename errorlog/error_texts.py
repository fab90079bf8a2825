"""The texts of one error, redacted: its message, and the lines of its stack."""

from __future__ import annotations

from errorlog.code_words import own_spans, own_words
from errorlog.patterns import MAX_TEXT
from errorlog.text_redaction import valid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from errorlog.known_secrets import Span
    from errorlog.redaction import Sanitiser


class ErrorTexts:
    """Redacts but for what the error's code says itself, which a caller may have as a secret.

    A text is cut to ``limit`` characters where none is given; one of at most ``remembered`` is
    redacted once, such as the message, which the stack ends with.
    """

    __slots__ = ("_clean", "_error", "_limit", "_remembered", "_sanitiser", "_words")

    def __init__(
        self, error: BaseException, sanitiser: Sanitiser, limit: int, remembered: int
    ) -> None:
        self._error = error
        self._sanitiser = sanitiser
        self._limit = limit
        self._remembered = remembered
        self._words: list[str] | None = None
        self._clean: dict[str, str] = {}

    def __call__(self, text: str, limit: int | None = None) -> str:
        text = str.__str__(text)  # one of another type may print otherwise than it compares
        if self._sanitiser.is_ordinary(text):
            return text  # as nearly every message
        clean = self._clean.get(text)
        if clean is None:
            text = valid(text[:MAX_TEXT])
            clean = self._sanitiser.text(text, limit or self._limit, self._spared(text))
            if max(len(text), len(clean)) <= self._remembered:
                self._clean[text] = clean
        return clean

    def _spared(self, text: str) -> Iterable[Span]:
        if not self._sanitiser.holds_known(text):
            return ()
        if self._words is None:
            self._words = own_words(self._error, self._sanitiser.known)
        return own_spans(self._error, text, self._words)
