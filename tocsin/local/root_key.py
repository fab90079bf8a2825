"""The key of a stage's root account: made at its start, known to whoever may read its record."""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import dataclass, field
from typing import Self

ID_VARIABLE = "AWS_ACCESS_KEY_ID"
SECRET_VARIABLE = "AWS_SECRET_ACCESS_KEY"  # noqa: S105  its name


@dataclass(frozen=True)
class RootKey:
    """An access key in the form of AWS's; the secret is never shown by accident."""

    access_key_id: str
    secret_access_key: str = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """A random one: 80 bits of id, 240 of secret, as on AWS."""
        name = base64.b32encode(secrets.token_bytes(10)).decode()
        return cls(f"AKIA{name}", base64.b64encode(secrets.token_bytes(30)).decode())

    @classmethod
    def of_environment(cls) -> Self:
        """That of this process's own environment, which no other user of the machine can read."""
        return cls(os.environ[ID_VARIABLE], os.environ[SECRET_VARIABLE])

    def environment(self) -> dict[str, str]:
        """The variables in which AWS's SDKs and tools look for it."""
        return {ID_VARIABLE: self.access_key_id, SECRET_VARIABLE: self.secret_access_key}
