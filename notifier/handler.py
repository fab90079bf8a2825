"""An alarm, or news of a bug -> a message that explains itself, to whoever is told of it.

Whatever goes wrong with the explanation, the message goes out as it came. What goes wrong with
that ends the invocation: it is tried by nobody again, and Lambda hands the event, raw, to the
people's topic (resources/notifier.yml.j2).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import errorlog
from notifier import bug_notices, stage_facts
from notifier.aws_clients import client
from notifier.aws_sources import AwsSources, Memory
from notifier.channel_secrets import ChannelSecrets, fetch
from notifier.channels import mail
from notifier.claims import Claims
from notifier.dispatch import Dispatch, NotDelivered, RouteOutcome
from notifier.error_words import why
from notifier.explaining import announced, explained, utc_now
from notifier.explanation import Event, Explanation, PastAlarm, RawMessage
from notifier.https_post import NotSent, Unclear, post
from notifier.incoming import AlarmMessage, Announcement, BugNotice, ChannelCheck, Told, read
from notifier.message_identity import dedup_key
from notifier.sending import FAILURES, ChannelFailed, Sender
from notifier.stage_facts import Route, StageFacts

_secrets: ChannelSecrets | None = None
_facts: StageFacts | None = None

_EVENTS: dict[str, Event] = {"ALARM": "alarm", "OK": "recovery"}


# Its event is an alarm's message, or has a bug's: the records of those are elsewhere.
@errorlog.record_errors(record_event=False)
def handler(event: Any, context: Any) -> dict[str, Any]:
    """What became of each message, by receiver.

    Raises:
        NotDelivered: somebody could not be told in any way.
    """
    office = _Office.of(context)
    try:
        told = read(event)
    except Exception as error:
        _log({"not read": why(error)})
        office.raw_to_people("A message that is no alarm's", _text(event), str(error))
        return {"raw": 1}
    answers: dict[str, Any] = {"sent": 0, "failed": 0}
    lost: Exception | None = None
    for message in told:
        if isinstance(message, ChannelCheck):
            return office.check()
        if isinstance(message, AlarmMessage) and message.is_drilled:
            continue
        try:
            outcomes = office.tell(message)
        except Exception as error:  # the others are told first
            lost = error
            continue
        answers["sent"] += sum(bool(outcome.done) for outcome in outcomes)
        answers["failed"] += sum(bool(outcome.failed) for outcome in outcomes)
    if lost is not None:
        raise lost
    return answers


@dataclass(frozen=True)
class _Office:
    """Everything that one invocation works with."""

    place: tuple[str, str, str]
    left_s: Callable[[], float]

    @classmethod
    def of(cls, context: Any) -> _Office:
        _, partition, _, region, account, *_ = context.invoked_function_arn.split(":")
        return cls(
            (partition, region, account),
            lambda: float(context.get_remaining_time_in_millis()) / 1_000,
        )

    @property
    def facts(self) -> StageFacts:
        global _facts
        if _facts is None:
            _facts = stage_facts.load()
        return _facts

    def topic_arn(self, name: str) -> str:
        partition, region, account = self.place
        return f"arn:{partition}:sns:{region}:{account}:{name}"

    def tell(self, told: Told) -> list[RouteOutcome]:
        """Explain and deliver; where even that fails, tell people raw."""
        raw = _raw(told)
        try:
            return self._tell(told, raw)
        except NotDelivered:
            raise
        except Exception as error:
            errorlog.capture_exception(error)
            self.raw_to_people(raw.subject, raw.body, why(error))
            return []

    def _tell(self, told: Told, raw: RawMessage) -> list[RouteOutcome]:
        delivery = self._delivery()
        said: Explanation | RawMessage
        try:
            said = self._said(told, raw, delivery)
        except Exception as error:
            errorlog.capture_exception(error)
            said = replace(raw, why=f"explaining it failed ({why(error)})")
        owners = set(said.owners) if isinstance(said, Explanation) else set()
        routes = self.facts.routes_for(told.severity, owners)
        if isinstance(told, BugNotice) and told.severity == "page":
            # Who hears of everything hears of this, too.
            routes += self.facts.routes_for("ticket", owners)
        outcomes = delivery.deliver(told, said, raw, routes)
        self._fall_back(raw, [outcome for outcome in outcomes if outcome.failed])
        return outcomes

    def _said(self, told: Told, raw: RawMessage, delivery: Dispatch) -> Explanation | RawMessage:
        if isinstance(told, Announcement):
            return announced(told, self.facts) if told.drill else raw
        if isinstance(told, BugNotice):
            return bug_notices.explained(told, self.facts, utc_now(), self.place)
        past: PastAlarm | None = None
        if told.state != "ALARM":
            begun = delivery.begun(told)
            past = begun.past if begun else None
        sources = AwsSources(client, os.environ["ERROR_LOG_TABLE"], _memory())
        try:
            return explained(told, self.facts, sources, utc_now(), past)
        finally:
            sources.close()

    def _fall_back(self, raw: RawMessage, failed: list[RouteOutcome]) -> None:
        """Whom a channel kept it from may be reached by mail; who they are, nobody here knows."""
        if not failed:
            return
        reasons = "; ".join(f"{outcome.route.name} ({outcome.failed})" for outcome in failed)
        errorlog.capture_exception(NotDelivered(reasons))
        by_mail = all(outcome.route.topic == self.facts.people_topic for outcome in failed)
        if by_mail or not self.facts.has_mail:
            raise NotDelivered(reasons)
        self.raw_to_people(raw.subject, raw.body, f"not delivered to {reasons}")

    def raw_to_people(self, subject: str, body: str, reason: str) -> None:
        """The way that needs least: one call of SNS. Raises where that fails."""
        made = mail.raw(RawMessage(subject=subject, body=body, why=reason))
        topic = os.environ["PEOPLE_TOPIC_ARN"]
        client("sns").publish(TopicArn=topic, Subject=made.subject, Message=made.body)

    def check(self) -> dict[str, Any]:
        """Whether each receiver could be told now; nobody is."""
        sender = self._sender()
        return {"routes": [_ready(sender, route) for route in self.facts.routes]}

    def _delivery(self) -> Dispatch:
        claims = Claims(client("dynamodb"), os.environ["ERROR_LOG_TABLE"], self.left_s())
        return Dispatch(self._sender(), claims, self.left_s, log=_log)

    def _sender(self) -> Sender:
        global _secrets
        _secrets = _secrets or ChannelSecrets(fetch)
        return Sender(_secrets, partial(_publish, client("sns")), self.topic_arn, request=post)


def _raw(told: Told) -> RawMessage:
    event: Event = "alarm"
    if isinstance(told, AlarmMessage):
        event = _EVENTS.get(told.state, "no-data")
    elif isinstance(told, BugNotice):
        event = "new-bug" if told.event == "new" else "regressed-bug"
    elif told.drill:
        event = "drill"
    return RawMessage(
        subject=told.subject,
        body=told.raw,
        why="",
        event=event,
        dedup_key=dedup_key(told.subject_key),
        severity=told.severity,
    )


def _ready(sender: Sender, route: Route) -> dict[str, str]:
    try:
        sender.ready(route)
    except Exception as error:
        reason = str(error) if isinstance(error, FAILURES) else why(error)
        return {"route": route.id, "protocol": route.protocol, "failed": reason}
    return {"route": route.id, "protocol": route.protocol, "failed": ""}


def _publish(sns: Any, **message: Any) -> None:
    """Publish, and tell apart what is not there, what may be, and what never will be."""
    from botocore.exceptions import (
        ClientError,
        ConnectTimeoutError,
        EndpointConnectionError,
        HTTPClientError,
    )

    try:
        sns.publish(**message)
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        raise NotSent(type(error).__name__) from None
    except HTTPClientError as error:
        raise Unclear(type(error).__name__) from None
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= 500:
            raise Unclear(why(error)) from None
        raise ChannelFailed(why(error), again="Throttl" in why(error)) from None


def _memory() -> Memory | None:
    table = os.environ.get("BUGS_TABLE", "")
    return partial(bug_notices.remembered_bugs, table) if table else None


def _text(event: Any) -> str:
    try:
        return json.dumps(event, ensure_ascii=False, default=repr)[:100_000]
    except (TypeError, ValueError):
        return repr(event)[:100_000]


def _log(line: Mapping[str, Any]) -> None:
    print(json.dumps(line, ensure_ascii=True))  # noqa: T201 - Lambda's way to log
