"""Deliveries that the collector gave up on, given to it again.

After an hour without the store, its dead-letter queue has what it was invoked with meanwhile.
Giving it that once more writes nothing twice (docs/collector.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tocsin import names
from tocsin.aws.account import Account, NotDeployed
from tocsin.config import Stage
from tocsin.counted import counted
from tocsin.typed_command import typed

# How long a message is nobody else's while the collector works on it: longer than that may take.
_HIDDEN_S = 120
_AT_ONCE = 10  # ReceiveMessage's most
_WAIT_S = 1


@dataclass(frozen=True)
class Redriven:
    """How many deliveries the collector took. ``stopped`` says why it took no more, if it did not.

    ``strange`` counts messages that are no delivery; they stay in the queue.
    """

    taken: int = 0
    strange: int = 0
    stopped: str = ""


def redrive(account: Account, stage: Stage) -> Redriven:
    """Give the collector of ``stage`` its dead letters, until there is none or it fails again.

    A message is deleted when the collector has taken it, so an interrupted run loses nothing.

    Raises:
        NotDeployed: the stage has no such queue.
    """
    queues, queue = account.client("sqs"), names.dead_letters(stage.suffix)
    try:
        url = queues.get_queue_url(QueueName=queue)["QueueUrl"]
    except queues.exceptions.QueueDoesNotExist as error:
        raise NotDeployed(
            f"there is no queue {queue} in {account.region}: deploy the stage first "
            f"(`{typed(f'deploy --stage {stage.name}')}`), or name its --region"
        ) from error
    taken = strange = 0
    seen: set[str] = set()
    while True:
        letters = queues.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=_AT_ONCE,
            VisibilityTimeout=_HIDDEN_S,
            WaitTimeSeconds=_WAIT_S,
        ).get("Messages", [])
        if not [letter for letter in letters if letter["MessageId"] not in seen]:
            return Redriven(taken, strange)
        for index, letter in enumerate(letters):
            seen.add(letter["MessageId"])
            delivery = _delivery(letter["Body"])
            if delivery is None:
                strange += 1
                continue
            failed = _given(account, stage, delivery)
            if failed:
                for unsent in letters[index:]:
                    queues.change_message_visibility(
                        QueueUrl=url, ReceiptHandle=unsent["ReceiptHandle"], VisibilityTimeout=0
                    )
                return Redriven(taken, strange, failed)
            queues.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
            taken += 1


def redriven_lines(done: Redriven, stage: Stage) -> list[str]:
    """What was done, for people."""
    lines = [f"{counted(done.taken, 'delivery', 'deliveries')} taken by the collector"]
    if done.strange:
        queue = names.dead_letters(stage.suffix)
        letters = counted(done.strange, "message")
        lines.append(f"{letters} of {queue}: no delivery of a log, and left there")
    if done.stopped:
        lines.append(f"the collector failed again: {done.stopped}; what it did not take stays")
    return lines


def _delivery(body: str) -> dict[str, Any] | None:
    """What the collector was invoked with.

    A dead-letter queue has that as it was; a destination for failures has it in an envelope.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict) and isinstance(found.get("requestPayload"), dict):
        found = found["requestPayload"]
    return found if isinstance(found, dict) and "awslogs" in found else None


def _given(account: Account, stage: Stage, delivery: dict[str, Any]) -> str:
    """Invoke the collector with ``delivery``; why it failed, empty where it did not."""
    answer = account.client("lambda").invoke(
        FunctionName=names.function(names.COLLECTOR, stage.suffix),
        Payload=json.dumps(delivery).encode(),
    )
    if "FunctionError" not in answer:
        return ""
    try:
        said = json.loads(answer["Payload"].read())
        return f"{said.get('errorType')}: {said.get('errorMessage')}"[:500]
    except (ValueError, AttributeError):
        return str(answer["FunctionError"])
