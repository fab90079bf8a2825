"""What a request is signed with."""

from __future__ import annotations

from errorlog.dynamodb.failure import NotConfigured


class Credentials:
    """``token`` is empty for keys that do not end."""

    __slots__ = ("access_key", "secret_key", "token")

    def __init__(self, access_key: str, secret_key: str, token: str = "") -> None:
        for value in (access_key, secret_key, token):
            if not value.isprintable():  # a line break would begin another header
                raise NotConfigured("Credentials: a key or token has unprintable characters")
        self.access_key = access_key
        self.secret_key = secret_key
        self.token = token
