"""As whom the record is written: the role's keys, in the environment wherever Lambda can put them.

All other ways are in ``fetched_credentials``, which is loaded for them alone.
"""

from __future__ import annotations

import os

from errorlog.dynamodb.signing_keys import Credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from errorlog.dynamodb.deadline import Deadline
    from errorlog.dynamodb.fetched_credentials import FetchedCredentials


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
        get = os.environ.get
        access_key, secret_key = get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")
        if access_key and secret_key:
            # The older name first, as in botocore.
            token = get("AWS_SECURITY_TOKEN") or get("AWS_SESSION_TOKEN") or ""
            return Credentials(access_key, secret_key, token)
        if self._fetched is None:
            with deadline.work:
                from errorlog.dynamodb.fetched_credentials import FetchedCredentials

                self._fetched = FetchedCredentials()
        return self._fetched.current(deadline)
