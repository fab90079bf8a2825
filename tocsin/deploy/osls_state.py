"""The service as `osls package` leaves it to `osls deploy --package`, and a setting put in between.

A setting that is only known when a stage is deployed can be neither in serverless.yml, which is
packaged without an account, nor among the options of osls. Of a packaged service osls reads the
state file back, and what that has under ``provider`` holds. No other module touches the file.
"""

import json
from pathlib import Path
from typing import Any

from tocsin.exceptions import TocsinError
from tocsin.typed_command import typed

STATE_FILE = "serverless-state.json"


class UnknownState(TocsinError):
    """The state file is not there, or not as osls 4.3 writes it."""


def put_provider(package: Path, key: str, value: object) -> None:
    """Make ``value`` what the service packaged in the folder ``package`` has as ``provider.key``.

    Raises:
        UnknownState: there is no state file with a provider in it.
    """
    file = package / STATE_FILE
    state = _read(file)
    state["service"]["provider"][key] = value
    file.write_text(json.dumps(state, indent=2), encoding="utf-8")


def _read(file: Path) -> dict[str, Any]:
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
        provider = state["service"]["provider"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnknownState(f"{file}: {error!r}; `{typed('package')}` writes it") from error
    if not isinstance(provider, dict):
        raise UnknownState(f"{file}: found no mapping at service.provider; osls has moved it")
    return state  # type: ignore[no-any-return]
