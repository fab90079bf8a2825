"""Asking a stage's own endpoint, which is none of AWS's: its health, its clock."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from tocsin.local.errors import LocalStageError
from tocsin.local.running_stage import LocalStage
from tocsin.typed_command import typed

_TIMEOUT = 60


def call(
    stage: LocalStage,
    path: str,
    request: dict[str, Any] | None = None,
    *,
    timeout: float | None = _TIMEOUT,
    signed: bool = True,
) -> dict[str, Any]:
    """Ask the stage's own (not AWS's) endpoint; a request body makes it a POST.

    Raises:
        LocalStageError: it does not answer, or refuses.
    """
    url = f"{stage.endpoint}/_tocsin/{path}"
    body = None if request is None else json.dumps(request).encode()
    headers = _signed(stage, url, body) if signed else {}
    try:
        # No proxy: the stage is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        asked = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310  loopback
        with opener.open(asked, timeout=timeout) as answer:
            answered: dict[str, Any] = json.load(answer)
            return answered
    except urllib.error.HTTPError as error:
        raise LocalStageError(_said(error.read())) from error
    except (OSError, ValueError) as error:
        raise LocalStageError(
            f"no local stage answers at {stage.endpoint} ({error}); "
            f"start it with: {typed('local-start')}"
        ) from error


def _said(body: bytes) -> str:
    """What a refusal says, in its own form or as it stands."""
    text = body.decode(errors="replace").strip()
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text


def _signed(stage: LocalStage, url: str, body: bytes | None) -> dict[str, str]:
    """The headers that show whose request it is."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("GET" if body is None else "POST", url, data=body)
    key = Credentials(stage.root.access_key_id, stage.root.secret_access_key)
    SigV4Auth(key, "tocsin", stage.region).add_auth(request)
    return dict(request.headers.items())
