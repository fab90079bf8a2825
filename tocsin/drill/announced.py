"""A drill is announced to the memory of bugs before anything fails: what fails meanwhile in its
functions is counted, and nobody is told of it (bugs/drills.py).

The announcement ends by itself, whatever becomes of the drill; what has failed by the drill's end
and comes late is still the drill's.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from tocsin import names
from tocsin.aws.account import Account
from tocsin.bugs.bug import iso
from tocsin.bugs.bug_items import DRILL, key
from tocsin.config import Stage, Watched
from tocsin.exceptions import TocsinError
from tocsin.typed_command import typed

LONGEST = timedelta(hours=2)
_CLOCKS_DIFFER = timedelta(seconds=30)
"""What failed is known by its own time, however late its record comes. Longer, and nobody would be
told of what a deploy itself broke: the drill is held right after it."""
_KEPT = timedelta(hours=1)


class NotAnnounced(TocsinError):
    """People would be told of what the drill brings about."""


@contextmanager
def announced(account: Account, stage: Stage, functions: Sequence[Watched]) -> Iterator[None]:
    """While the block runs, and a little after it, what the drill makes fail is no news.

    Of ``functions`` that is what the platform ends, and where events of monitoring.yml are what
    they fail by, whatever they raise.

    Raises:
        NotAnnounced: AWS does not let it.
    """
    if not stage.bugs.enabled:
        yield
        return
    client, now = account.client("dynamodb"), datetime.now(UTC)
    place: dict[str, Any] = {
        "TableName": names.bugs_table(stage.suffix),
        "Key": key(DRILL, uuid4().hex),
    }
    told = {
        "from": {"S": iso(now - _CLOCKS_DIFFER)},
        "functions": _names(functions),
        "ownEvents": _names(function for function in functions if function.fails_by_own_events),
    }
    try:
        client.put_item(
            TableName=place["TableName"], Item={**place["Key"], **told, **_until(now + LONGEST)}
        )
    except client.exceptions.ResourceNotFoundException:
        yield  # what is deployed is of before there was a memory
        return
    except ClientError as error:
        raise NotAnnounced(
            f"the memory of bugs does not take that a drill is held: {error}; it takes what "
            f"`{typed(f'permissions --stage {stage.name} --role driller')}` prints"
        ) from error
    try:
        yield
    finally:
        client.put_item(
            TableName=place["TableName"],
            Item={**place["Key"], **told, **_until(datetime.now(UTC) + _CLOCKS_DIFFER)},
        )


def _names(functions: Iterable[Watched]) -> dict[str, Any]:
    return {"L": [{"S": function.name} for function in functions]}


def _until(end: datetime) -> dict[str, Any]:
    return {
        "until": {"S": iso(end)},
        "expiresAt": {"N": str(int((end + _KEPT).timestamp()))},
    }
