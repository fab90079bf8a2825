"""Secrets that a key or a form gave away, hidden wherever else they stand, in any escape."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from errorlog.encodings import base64_decoded
from errorlog.lazy_pattern import lazy
from errorlog.patterns import REDACTED
from errorlog.secret_values import is_opaque, is_word

MAX_SECRETS = 20_000
MAX_LENGTH = 4_096
# Shorter ones would be cut out of every text: they count as whole words only.
MIN_LENGTH = 6
_SHORTEST = 4
_ESCAPED = 2_000  # of so many secrets, the escaped forms too
_PART = lazy(r"""[^\s;,&=:"'<>{}()\[\]]{8,}""")
_ESCAPED_BREAK = lazy(r"\\{1,8}[rn]")
_SCHEME = lazy(r"(?:Bearer|bearer|Basic|basic|Token|token)[ ]([\w.~+/=\-]{8,})")
_ELLIPSIS = lazy(r"[ \[(<]{0,2}(?:\.\.\.|…|\*{3,64})[ \])>]{0,2}")
# An escape to letters alone is a run of these. An expression takes six times as long to find one.
_RUN_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_-")
_RUNS = bytes(ord("a") if byte in _RUN_BYTES else ord(" ") for byte in range(256))
_RUN, _LONG_RUN = b"a" * 8, b"a" * 16
_FEW = 64  # secrets: so many are looked for one by one
_MAX_ELLIPSES = 50
_MAX_BASIC = 512
_TAIL = 3  # so many characters beside an ellipsis are enough to say whose they are
_WINDOW = 80
# Bounds what secrets that were made alike, to be slow, can cost: so many per beginning.
_ALIKE = 24
_MAX_PROBE = 128
Span = tuple[int, int]


class KnownSecrets:
    """What was hidden in a record, so that the same is hidden in the rest of it.

    Looking for all of them takes a time that grows with the text only: a text is read by runs of
    four characters, and each run names the few secrets that begin with it. What the looking needs
    is made when a text asks for it: most have neither an ellipsis nor an escape in them.
    """

    def __init__(self) -> None:
        # In their order, and whether their escaped forms are looked for as well.
        self._secrets: dict[str, bool] = {}
        self._shortest = 0  # of those with such forms
        self._forms: list[str] = []
        self._formed = 0  # so many of the secrets have their forms among these
        # By the first characters, then by length: the beginnings, of no more than _MAX_PROBE.
        self._starts: dict[str, dict[int, set[str]]] = {}
        self._long: dict[str, list[str]] = {}
        self._indexed = [0, 0]  # so many of the secrets, and of the forms
        self._heads: dict[str, list[str]] = {}
        self._tails: dict[str, list[str]] = {}
        self._ended = 0
        self._ellipses = 0
        self._without = "", 0  # the last text that had none, and how many there were

    def __len__(self) -> int:
        return len(self._secrets)

    def add(self, value: str) -> bool:
        """Remember ``value`` and those parts of it that may turn up alone.

        Whether that is all that can be known of it: a scheme and its token, as ``Bearer x``.
        """
        text = value.strip()
        if not text or len(text) > 64 * MAX_LENGTH or text in self._secrets:
            return False
        if len(text) <= MAX_LENGTH:
            # Escapes of "Bearer x" hold those of x.
            alone = _SCHEME.fullmatch(text) if " " in text else None
            pair = _decoded(alone[1] if alone is not None else text)
            if pair is not None:
                user, colon, password = pair.partition(":")
                if colon and user and pair.isprintable():
                    self._add(password)
            if alone is not None:
                self._add(alone[1])
                self._add(text, escapes=False)
                plain = "=" not in alone[1].rstrip("=")
                if plain and pair is None and len(alone[1]) <= _MAX_BASIC:
                    return True
            else:
                self._add(text)
        if len(text) > 8:
            lines = _ESCAPED_BREAK.sub(" ", text) if "\\" in text else text
            for part in islice(_PART.finditer(lines), 500):
                if part[0] != text and len(part[0]) <= MAX_LENGTH and is_opaque(part[0]):
                    self._add(part[0])
        return False

    def _add(self, text: str, *, escapes: bool = True) -> None:
        size = len(text)
        if size < _SHORTEST or text in self._secrets or len(self._secrets) >= MAX_SECRETS:
            return
        escapes = escapes and size >= MIN_LENGTH and len(self._secrets) < _ESCAPED
        self._secrets[text] = escapes
        if escapes and (size < self._shortest or not self._shortest):
            self._shortest = size

    def _make_forms(self) -> None:
        if self._formed < len(self._secrets):
            from errorlog.escaped_forms import escaped_forms

            for text, escapes in islice(self._secrets.items(), self._formed, None):
                if escapes:
                    self._forms += [form for form in escaped_forms(text) if len(form) >= MIN_LENGTH]
            self._formed = len(self._secrets)

    def _make_index(self) -> None:
        for place, needles in enumerate((self._secrets, self._forms)):
            for text in islice(needles, self._indexed[place], None):
                self._index(text)
            self._indexed[place] = len(needles)

    def _index(self, text: str) -> None:
        by_length = self._starts.setdefault(text[:_SHORTEST], {})
        size = min(len(text), _MAX_PROBE)
        if size in by_length or len(by_length) < _ALIKE:
            by_length.setdefault(size, set()).add(text[:size])
            if len(text) > size and len(self._long.setdefault(text[:size], [])) < _ALIKE:
                self._long[text[:size]].append(text)

    def _make_ends(self) -> None:
        for text in islice(self._secrets, self._ended, None):
            if len(text) >= MIN_LENGTH:
                for index, part in ((self._heads, text[:_TAIL]), (self._tails, text[-_TAIL:])):
                    alike = index.setdefault(part, [])
                    if len(alike) < _ALIKE:
                        alike.append(text)
        self._ended = len(self._secrets)

    def holds(self, text: str) -> bool:
        """Whether ``text`` as a whole is one of them."""
        return text in self._secrets

    def hide(self, text: str, spared: Iterable[Span] = ()) -> str:
        """``text`` without them, but for what stands in the ``spared`` spans."""
        if not self._secrets or len(text) < _TAIL:
            return text
        if text is self._without[0] and len(self._secrets) == self._without[1]:
            return text
        escaped = self._may_hold_a_form(text)
        if escaped:
            self._make_forms()
        if len(self._secrets) + len(self._forms) < min(len(text), _FEW):
            spans = self._found(text, self._secrets)
            if escaped:
                spans += self._found(text, self._forms)
        else:
            self._make_index()
            spans = self._read(text)
        if has_ellipsis(text):
            self._make_ends()
            spans += self._beside_ellipses(text)
        if spans:
            return _without(text, spans, list(spared))
        self._without = text, len(self._secrets)
        return text

    def _may_hold_a_form(self, text: str) -> bool:
        """Whether an escaped form of a secret may be in ``text``.

        One by signs has a sign. In base64 a text is a third longer, but for what its neighbours
        share with it at either end; in hexadecimal digits longer still.
        """
        if not self._shortest:
            return False
        if "\\" in text or "%" in text or "+" in text or "&" in text:
            return True
        run = _LONG_RUN if self._shortest * 4 // 3 - 4 >= len(_LONG_RUN) else _RUN
        return run in text.encode("latin-1", "replace").translate(_RUNS)

    def _found(self, text: str, needles: Iterable[str]) -> list[Span]:
        """Looks for each secret: quicker where they are few."""
        found: list[Span] = []
        for secret in needles:
            at = text.find(secret)
            while at >= 0:
                if _stands_alone(text, at, secret):
                    found.append((at, at + len(secret)))
                at = text.find(secret, at + len(secret))
        return found

    def _read(self, text: str) -> list[Span]:
        """Looks at each place: quicker where the secrets are many."""
        found: list[Span] = []
        starts, size, done = self._starts, _SHORTEST, 0
        last = len(text) - size
        for at in [at for at in range(last + 1) if text[at : at + size] in starts]:
            if at < done:
                continue
            by_length = starts[text[at : at + size]]
            for length in sorted(by_length, reverse=True):
                probe = text[at : at + length]
                if probe in by_length[length] and _stands_alone(text, at, probe):
                    alike = self._long.get(probe, ()) if length == _MAX_PROBE else ()
                    whole = max(
                        (len(long) for long in alike if text.startswith(long, at)),
                        default=length,
                    )
                    found.append((at, at + whole))
                    done = at + whole
                    break
        return found

    def _beside_ellipses(self, text: str) -> list[Span]:
        """What is left of a secret where another shortened it: ``hun...Zq9!``."""
        found: list[Span] = []
        for ellipsis in islice(_ELLIPSIS.finditer(text), _MAX_ELLIPSES):
            self._ellipses += 1
            if self._ellipses > 40 * _MAX_ELLIPSES:
                break
            before = text[max(0, ellipsis.start() - _WINDOW) : ellipsis.start()]
            after = text[ellipsis.end() : ellipsis.end() + _WINDOW]
            for at in range(len(after) - _TAIL, -1, -1):
                tail = after[: at + _TAIL]
                if any(secret.endswith(tail) for secret in self._tails.get(tail[-_TAIL:], ())):
                    found.append((ellipsis.end(), ellipsis.end() + len(tail)))
                    break
            for at in range(len(before) - _TAIL + 1):
                head = before[at:]
                if any(secret.startswith(head) for secret in self._heads.get(head[:_TAIL], ())):
                    found.append((ellipsis.start() - len(head), ellipsis.start()))
                    break
        return found


def has_ellipsis(text: str) -> bool:
    """Whether something may have been left out of ``text``, and a part of a secret be left."""
    return "..." in text or "…" in text or "***" in text


def _decoded(text: str) -> str | None:
    """What ``text`` is the base64 of: user, colon and password, in ``Authorization: Basic``."""
    return base64_decoded(text) if len(text) <= _MAX_BASIC else None


def _stands_alone(text: str, at: int, secret: str) -> bool:
    """Short secrets and plain words count as words of their own only."""
    if len(secret) >= MIN_LENGTH and not is_word(secret):
        return True
    end = at + len(secret)
    before = text[at - 1 : at] if at else ""
    after = text[end : end + 1]
    around = "_.:/-" if len(secret) < MIN_LENGTH else "_"
    return not (
        before.isalnum() or after.isalnum()
        or (before and before in around) or (after and after in around and after != ".")
    )  # fmt: skip


def _without(text: str, spans: list[Span], spared: list[Span]) -> str:
    spared.sort()
    for start, end in spared:
        spans = [
            part
            for begin, stop in spans
            for part in ((begin, min(stop, start)), (max(begin, end), stop))
            if part[0] < part[1]
        ]
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if end <= done:
            continue
        if start < done:
            done = end  # overlaps the last one, which stands for both
            continue
        pieces += (text[done:start], REDACTED)
        done = end
    return "".join((*pieces, text[done:]))
