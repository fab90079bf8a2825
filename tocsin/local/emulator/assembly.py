"""Putting the emulator together.

:func:`assemble` swaps what we replace (CloudWatch, its CloudFormation types, how Python
functions run and are counted) and returns the application to serve. What is touched is
listed in ``contacts.py``, and checked there against the installed version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.local.access import Keys
from tocsin.local.cloudwatch import CloudWatches
from tocsin.local.errors import LocalStageError
from tocsin.local.root_key import RootKey
from tocsin.local.runtime import Conditions
from tocsin.local.runtime.files import FunctionFiles

MAILBOX = "mail"
"""The folder of the stage's own, in which mail is that its topics have sent."""


@dataclass(frozen=True)
class Emulator:
    """ministack with our parts in it: the ASGI application, its keys, how to end its functions."""

    app: Any
    keys: Keys
    stop: Callable[[], None]


def assemble(
    clouds: CloudWatches,
    *,
    endpoint: str,
    state: Path,
    root: RootKey,
    account: str,
    conditions: Conditions | None,
) -> Emulator:
    """Swap and return; once per process, before any ministack service is imported.

    Functions run under ``conditions``, or at full speed.

    ministack reads its settings from the environment at import, so those must be set first.

    Raises:
        LocalStageError: the installed ministack is not the one this was written for.
    """
    # The imports run in this order on purpose: our module must be in place before theirs.
    from tocsin.local.emulator import cloudwatch

    module = cloudwatch.install(clouds)

    from tocsin.local.emulator.ministack_contract import moved

    problems = moved()
    if problems:
        raise LocalStageError("ministack has changed inside:\n  " + "\n  ".join(problems))

    from ministack.app import app

    from tocsin.local.emulator import (
        cloudformation,
        log_requests,
        permissions,
        subscriptions,
        table_exports,
        topic_deliveries,
        topic_requests,
    )
    from tocsin.local.emulator.addresses import Addresses
    from tocsin.local.emulator.delivery import Delivery
    from tocsin.local.emulator.lambda_functions import Functions
    from tocsin.local.emulator.request_ids import telling
    from tocsin.local.emulator.stage_keys import StageKeys

    cloudformation.install(module.here)
    permissions.install()
    subscriptions.install(module.here)
    log_requests.install()
    table_exports.install()
    topic_deliveries.install(state / MAILBOX)
    topic_requests.install()
    keys = StageKeys(root, account)
    keys.install()
    Addresses(endpoint, root).install()
    functions = Functions(
        clouds, FunctionFiles(state / "functions"), state / "tmp", endpoint, conditions
    )
    functions.install()
    clouds.deliver_with(Delivery())
    return Emulator(telling(app), keys, functions.stop)
