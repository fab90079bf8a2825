"""When a stage gets a release: a deploy says so to the memory of bugs.

Failures alone would not: a release that ends a bug has none of it, and what comes back in the next
one could not be told to be later (tocsin/bugs/states.py).
"""

from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from tocsin import names
from tocsin.aws.account import Account
from tocsin.bugs.bug import iso
from tocsin.bugs.bug_items import RELEASE, RELEASE_KEPT_S, key
from tocsin.config import Stage


def note_release(account: Account, stage: Stage, release: str) -> str:
    """Remember that the stage has ``release`` from now on, if not before; why not, else empty.

    That keeps nobody from deploying: without it, the first failure in the release says so.
    """
    if not stage.bugs.enabled:
        return ""
    now = datetime.now(UTC)
    client = account.client("dynamodb")
    try:
        client.update_item(
            TableName=names.bugs_table(stage.suffix),
            Key=key(RELEASE, release),
            UpdateExpression="SET #began = if_not_exists(#began, :at), #expiresAt = :expiresAt",
            ExpressionAttributeNames={"#began": "began", "#expiresAt": "expiresAt"},
            ExpressionAttributeValues={
                ":at": {"S": iso(now)},
                ":expiresAt": {"N": str(int(now.timestamp()) + RELEASE_KEPT_S)},
            },
        )
    except (BotoCoreError, ClientError) as error:
        return f"{type(error).__name__}: {error}"
    return ""
