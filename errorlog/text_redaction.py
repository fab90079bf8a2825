"""A text without its secrets: by what they look like, and by what else is known to be one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from errorlog import encodings
from errorlog.known_secrets import KnownSecrets, Span
from errorlog.patterns import MAX_TEXT as MAX_READ
from errorlog.patterns import REDACTED, Patterns
from errorlog.readings import Readings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_TEXT = 16_384
MAX_MARKER = 64
_FEW = 64
_SHORT = 16  # of base64, too short for a secret with the key that gives it away


class TextRedaction:
    """Hides in texts what ``patterns`` tell and what is ``known``.

    What has been hidden counts in ``hidden``.
    """

    def __init__(self, patterns: Patterns, known: KnownSecrets) -> None:
        self._patterns = patterns
        self.known = known
        self._readings = Readings()
        self.hidden = 0

    def is_ordinary(self, text: str) -> bool:
        """Whether ``text``, a short one, was read and no secret that is known is in it."""
        return text in self._readings.ordinary

    def holds_known(self, text: str) -> bool:
        """Whether a secret that is known by now stands in ``text``."""
        return text not in self._readings.ordinary and self.known.hide(text) is not text

    def _learn(self, secret: str) -> None:
        """Hide ``secret`` from now on, also in what held no secret before."""
        before = len(self.known)
        self.known.add(secret)
        if len(self.known) != before:
            self._readings.ordinary.clear()
            self._readings.names.clear()

    def text(self, text: str, limit: int = MAX_TEXT, spared: Iterable[Span] = ()) -> str:
        """``text`` redacted and cut to ``limit`` characters, with a marker that counts the cut.

        ``spared`` are spans of ``text`` that the known secrets do not change.
        """
        whole = len(text)
        text = self.redacted(valid(text[:MAX_READ]), spared)
        if (len(text) <= limit or is_cut(text, limit)) and whole <= MAX_READ:
            return text
        kept = text[:limit]
        return f"{kept}[cut {whole - min(whole, limit)} of {whole} characters]"

    def redacted(self, text: str, spared: Iterable[Span] = (), *, code: bool = False) -> str:
        """``text`` without its secrets; of what is longer than 256 K the rest is left out."""
        if text in self._readings.ordinary:
            return text
        clean = self.known.hide(text, spared)
        read = None if code else self._readings.clean.get(clean)
        clean = self._patterns.text(clean, self._learn, code=code) if read is None else read
        if not code:
            clean = self._encoded(clean)
        self.hidden += clean != text
        return clean

    def code(self, text: str) -> str:
        """``text``, lines of a program, without the secrets written into them.

        Both ends of a long one are read: what a record keeps of it is less.
        """
        if len(text) > MAX_READ:
            half = MAX_READ // 2
            return f"{self.code(text[:half])}\n[cut: the middle]\n{self.code(text[-half:])}"
        return self._patterns.code(valid(text))

    def stack(self, text: str, limit: int) -> str:
        """A printed stack from elsewhere: its lines of a program as code, the others as text."""
        pieces: list[str] = []
        lines: list[str] = []
        code = False
        for line in valid(text[:MAX_READ]).split("\n"):
            indented = line.lstrip(" |").startswith('File "') or line.lstrip("|").startswith("    ")
            if indented is not code and lines:
                pieces.append(self.redacted("\n".join(lines), code=code))
                lines = []
            code = indented
            lines.append(line)
        pieces.append(self.redacted("\n".join(lines), code=code))
        clean = "\n".join(pieces)
        return cut_at(clean, limit)

    def forms(self, text: str) -> str:
        """``text`` without what is a secret by its own form or key, whatever else is known."""
        return self._patterns.text(text)

    def _encoded(self, text: str) -> str:
        """``text`` itself, unless a usual encoding of it holds a secret."""
        if encodings.is_escaped(text):
            plain = encodings.unescaped(text)
            clean = self._patterns.text(self.known.hide(plain), self._learn)
            if clean != plain:
                text = clean
        if len(text) < _SHORT:
            return text
        decoded = encodings.base64_decoded(text)
        if decoded is not None:
            return (
                text
                if not self._holds_secret(decoded)
                else (f"{REDACTED} base64 of {len(decoded)} characters")
            )
        if len(text) < encodings.LONG_RUN:
            return text
        if any(run.end() - run.start() >= encodings.LONG_RUN for run in islice(
            encodings.BASE64_RUN.finditer(text), _FEW)):  # fmt: skip
            text = encodings.BASE64_RUN.sub(self._run, text)
        return text

    def _run(self, run: Any) -> str:
        decoded = encodings.base64_decoded(run[0])
        if decoded is None or len(decoded) < 8 or not self._holds_secret(decoded):
            return str(run[0])
        return REDACTED

    def _holds_secret(self, text: str) -> bool:
        """Whether a secret is in ``text``, which another one is an encoding of."""
        raise NotImplementedError


def cut_at(text: str, limit: int) -> str:
    if len(text) <= limit or is_cut(text, limit):
        return text
    return f"{text[:limit]}[cut {len(text) - limit} of {len(text)} characters]"


def is_cut(text: str, limit: int) -> bool:
    """Whether ``text`` is beyond ``limit`` only by the marker of an earlier cut."""
    return (
        len(text) <= limit + MAX_MARKER
        and text.endswith(" characters]")
        and "[cut " in text[-MAX_MARKER:]
    )


def valid(text: str) -> str:
    """``text`` without lone surrogates, which have no UTF-8 form; most texts have none."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()
