"""The keys of a stage, and how each service of AWS spells that one does not open it.

ministack does not check what root signs, takes ``test`` and every number of twelve digits for
root, and makes a function's keys from the names of function and role: whoever knows the names
has the keys. Here root's are the stage's own, and a function's cannot be guessed.
"""

from __future__ import annotations

import hmac
import uuid
from typing import Any

from ministack import app
from ministack.core import iam_evaluator, lambda_runtime, responses, router
from ministack.services import lambda_svc

from tocsin.local.access import AccessRefused
from tocsin.local.access.door import Response
from tocsin.local.access.request import Request
from tocsin.local.root_key import RootKey

_UNKNOWN = "The security token included in the request is invalid."


class StageKeys:
    """Root's key, and those that ministack's IAM and STS gave out."""

    def __init__(self, root: RootKey, account: str) -> None:
        self._root = root
        self._account = account

    def install(self) -> None:
        """Make the keys of functions ones that cannot be guessed."""
        original = lambda_runtime.execution_credentials
        salt = self._root.secret_access_key

        def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
            # It hashes the role's ARN and takes what follows the last slash for its name.
            salted = {**config, "Role": f"{salt}/{config.get('Role', '')}"}
            made: dict[str, str] = original(salted)
            return made

        lambda_runtime.execution_credentials = execution_credentials
        lambda_svc.execution_credentials = execution_credentials

    def secret(self, access_key_id: str, token: str) -> str:
        """The secret of a key.

        Raises:
            AccessRefused: no such key, or not with this session token, or no longer.
        """
        if hmac.compare_digest(access_key_id.encode(), self._root.access_key_id.encode()):
            if token:
                raise AccessRefused("InvalidClientTokenId", _UNKNOWN)
            return self._root.secret_access_key
        if iam_evaluator.is_root_access_key(access_key_id):
            raise AccessRefused("InvalidClientTokenId", _UNKNOWN)
        try:
            owner = responses._account_from_sts_session(access_key_id)
            owner = owner or iam_evaluator.find_iam_access_key_account(access_key_id)
        except iam_evaluator.AmbiguousAccessKeyError:
            raise AccessRefused("InvalidClientTokenId", _UNKNOWN) from None
        found = iam_evaluator.resolve_credential(access_key_id, owner or self._account, token)
        if isinstance(found, iam_evaluator.CredentialResolutionError):
            expired = found.code == "ExpiredTokenException"
            raise AccessRefused(found.code if expired else "InvalidClientTokenId", found.message)
        return str(found.secret_access_key)

    def asked(self, request: Request, body: bytes) -> str:
        """The service for which ministack would take the request."""
        headers = dict(request.headers)
        parameters: dict[str, list[str]] = {}
        for name, value in request.parameters:
            parameters.setdefault(name, []).append(value)
        given = app._routing_params(request.method, request.path, headers, body, parameters)
        return str(router.detect_service(request.method, request.path, headers, given))

    def refusal(self, request: Request, refused: AccessRefused) -> Response:
        """The refusal as the service asked would spell it."""
        headers = dict(request.headers)
        service = self.asked(request, b"")
        error = iam_evaluator.AuthError(refused.code, str(refused))
        status, named, body = app._credential_failure(
            service, "", str(uuid.uuid4()), error, headers
        )
        return status, named, body
