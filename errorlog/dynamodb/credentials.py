"""As whom the record is written: the role's keys, in the environment wherever Lambda can put them.

All other ways are in ``fetched_credentials``, which is loaded for them alone.
"""

from __future__ import annotations

from functools import lru_cache

from errorlog import environment_variables
from errorlog.dynamodb.signing_keys import Credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from errorlog.dynamodb.deadline import Deadline
    from errorlog.dynamodb.fetched_credentials import FetchedCredentials


# The older name of the token first, as in botocore.
_NAMES = (
    b"AWS_ACCESS_KEY_ID", b"AWS_SECRET_ACCESS_KEY", b"AWS_SECURITY_TOKEN", b"AWS_SESSION_TOKEN",
)  # fmt: skip


@lru_cache(maxsize=1)
def _of_environment(held: tuple[environment_variables.Held, ...]) -> Credentials | None:
    access_key, secret_key, older, token = map(environment_variables.text, held)
    if not (access_key and secret_key):
        return None
    return Credentials(access_key, secret_key, older or token)


class CredentialChain:
    """Finds the keys for a write."""

    def __init__(self) -> None:
        self._fetched: FetchedCredentials | None = None

    def current(self, deadline: Deadline) -> Credentials:
        """The keys for a write now.

        Raises:
            NotConfigured: there are none.
            TimedOut, Unreachable: what serves them does not.
        """
        keys = _of_environment(environment_variables.held(_NAMES))
        if keys is not None:
            return keys
        if self._fetched is None:
            with deadline.work:
                from errorlog.dynamodb.fetched_credentials import FetchedCredentials

                self._fetched = FetchedCredentials()
        return self._fetched.current(deadline)
