"""Who is told of what by whom: an item of the error table for each message and receiver.

An attempt first puts its claim, if there is none; once the message is out the item says ``sent``,
and holds what a recovery needs to answer it. A second delivery of the same message finds the item:
sent, it does nothing; claimed by an attempt that is still at work, it waits; claimed by one that
never came back, it sends again, and says so, for a page that comes twice is better than none.
The items are keyed ``notice:...``, in no index, and gone after a month.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from notifier.explanation import PastAlarm
from notifier.incoming import Told
from notifier.stage_facts import Route

PREFIX = "notice:"
KEPT_S = 31 * 86_400
_MOST_BYTES = 60_000
_POLL_S = 0.5


class Claim(Enum):
    """What an attempt may do."""

    SEND = "send"
    REPEAT = "repeat"
    DONE = "done"


@dataclass(frozen=True)
class Begun:
    """What is kept of the message that an alarm began with, for one receiver."""

    past: PastAlarm | None
    thread: dict[str, Any]


@dataclass
class Claims:
    """``client`` is a low-level DynamoDB client. ``lease_s``: how long an attempt may take."""

    client: Any
    table: str
    lease_s: float
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def take(self, told: Told, route: Route) -> Claim:
        """Claim that ``told`` is being sent to ``route``; waits for another attempt that is.

        Raises whatever DynamoDB does: then nobody knows, and it is better to send.
        """
        until = self.now() + self.lease_s
        while True:
            try:
                self._put(told, route, until, condition="attribute_not_exists(errorId)")
                return Claim.SEND
            except self.client.exceptions.ConditionalCheckFailedException:
                pass
            found = self._get(told, route)
            if found is None:
                continue  # deleted meanwhile
            if found.get("state", {}).get("S") == "sent":
                return Claim.DONE
            lease = found.get("lease", {}).get("N", "0")
            if float(lease) > self.now():
                self.sleep(_POLL_S)
                continue
            given_back = found.get("state", {}).get("S") == "open"
            try:
                # Of several that find it, one takes it over.
                self._put(told, route, until, condition="#lease = :lease", lease=lease)
                return Claim.SEND if given_back else Claim.REPEAT
            except self.client.exceptions.ConditionalCheckFailedException:
                continue

    def sent(
        self, told: Told, route: Route, past: PastAlarm | None, thread: dict[str, Any]
    ) -> None:
        """Keep that it is out, and what its recovery will need."""
        memory = json.dumps({"past": past.as_data() if past else None, "thread": thread})
        if len(memory) > _MOST_BYTES:
            memory = json.dumps({"past": past.as_data() if past else None, "thread": {}})
        item = self._item(told, route, self.now())
        item |= {"state": {"S": "sent"}, "memory": {"S": memory}}
        self.client.put_item(TableName=self.table, Item=item)

    def failed(self, told: Told, route: Route, *, maybe_there: bool = False) -> None:
        """Give the claim back, so that another attempt may send the message.

        Where an answer was missing it may be there: whoever sends it next says so.
        """
        state = "claimed" if maybe_there else "open"
        item = self._item(told, route, 0) | {"state": {"S": state}}
        self.client.put_item(TableName=self.table, Item=item)

    def begun(self, told: Told, route: Route | None = None) -> Begun | None:
        """What was last sent of this alarm going to ALARM, to ``route`` or to anybody."""
        answer = self.client.query(
            TableName=self.table,
            KeyConditionExpression="errorId = :key",
            ExpressionAttributeValues={":key": {"S": _hash(told)}},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=50,
        )
        for item in answer["Items"]:
            if item.get("event", {}).get("S") != "ALARM" or "memory" not in item:
                continue
            if route is not None and item.get("route", {}).get("S") != route.id:
                continue
            memory = json.loads(item["memory"]["S"])
            past = memory.get("past")
            return Begun(PastAlarm.of_data(past) if past else None, memory.get("thread") or {})
        return None

    def _put(
        self, told: Told, route: Route, until: float, *, condition: str, lease: str = ""
    ) -> None:
        values: dict[str, Any] = {}
        if lease:
            values["ExpressionAttributeNames"] = {"#lease": "lease"}
            values["ExpressionAttributeValues"] = {":lease": {"N": lease}}
        self.client.put_item(
            TableName=self.table,
            Item=self._item(told, route, until),
            ConditionExpression=condition,
            **values,
        )

    def _get(self, told: Told, route: Route) -> dict[str, Any] | None:
        answer = self.client.query(
            TableName=self.table,
            KeyConditionExpression="errorId = :key AND #at = :at",
            ExpressionAttributeNames={"#at": "timestamp"},
            ExpressionAttributeValues={
                ":key": {"S": _hash(told)}, ":at": {"S": _place(told, route)},
            },
            ConsistentRead=True,
        )  # fmt: skip
        items: list[dict[str, Any]] = answer["Items"]
        return items[0] if items else None

    def _item(self, told: Told, route: Route, until: float) -> dict[str, Any]:
        return {
            "errorId": {"S": _hash(told)},
            "timestamp": {"S": _place(told, route)},
            "route": {"S": route.id},
            "event": {"S": getattr(told, "state", "")},
            "state": {"S": "claimed"},
            "lease": {"N": f"{until:.3f}"},
            "expiresAt": {"N": str(int(self.now()) + KEPT_S)},
        }


def _hash(told: Told) -> str:
    digest = hashlib.sha256(told.subject_key.encode("utf-8", "replace")).hexdigest()
    return f"{PREFIX}{digest[:32]}"


def _place(told: Told, route: Route) -> str:
    # Begins with the time, so that the newest is last.
    return f"{told.occasion[:100]}#{route.id}"
