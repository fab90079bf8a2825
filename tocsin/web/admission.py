"""Who is let in: one-time tokens, and the sessions they are given for.

A token stands in the fragment of the address that the terminal prints, which a browser sends to
nobody; the page posts it and gets a cookie. Only digests are kept.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable

_BYTES = 32
_LONGEST_SESSION_S = 12 * 3_600
_MOST_TOKENS = 20  # unused ones; asked for from the page, and each is printed
_MOST_SESSIONS = 50


class Admission:
    """Tokens and sessions of one run of the console; ``now`` is a clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._tokens: list[bytes] = []
        self._sessions: dict[bytes, float] = {}
        self._lock = threading.Lock()

    def new_token(self) -> str | None:
        """A token that is good for one session; None where too many are unused."""
        token = secrets.token_urlsafe(_BYTES)
        with self._lock:
            if len(self._tokens) >= _MOST_TOKENS:
                return None
            self._tokens.append(_digest(token))
        return token

    def admit(self, token: str) -> str | None:
        """The secret of a new session; None where ``token`` is none, or was used before."""
        wanted = _digest(token)
        session = secrets.token_urlsafe(_BYTES)
        with self._lock:
            known = [digest for digest in self._tokens if hmac.compare_digest(digest, wanted)]
            if not known:
                return None
            self._tokens.remove(known[0])
            while len(self._sessions) >= _MOST_SESSIONS:
                del self._sessions[min(self._sessions, key=self._sessions.__getitem__)]
            self._sessions[_digest(session)] = self._now()
        return session

    def knows(self, session: str) -> bool:
        """Whether ``session`` is one that was begun here, not longer than half a day ago."""
        began = self._sessions.get(_digest(session))
        return began is not None and self._now() - began < _LONGEST_SESSION_S


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
