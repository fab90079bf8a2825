"""Alarm actions on the stage: a message to a topic, an invocation of a function."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import eventbridge, lambda_svc, sns

from tocsin.local.cloudwatch.actions import ActionFailed
from tocsin.local.emulator import keys

_PRINCIPAL = "cloudwatch.amazonaws.com"


class Delivery:
    """The stage's SNS and Lambda, as CloudWatch reaches them."""

    def publish(
        self,
        topic_arn: str,
        subject: str,
        message: str,
        *,
        source_arn: str,
        account: str,
        region: str,
    ) -> None:
        """Publish as the CloudWatch service principal; subscriptions deliver as usual.

        Raises:
            ActionFailed: no such topic, or its policy or that of its key does not let CloudWatch.
        """
        with request_scope(account, region):
            if not sns.topic_policy_allows(topic_arn, _PRINCIPAL, source_arn, account):
                # AWS's words, also for a topic that is not there.
                raise ActionFailed(
                    f"Resource: {source_arn} is not authorized to perform: SNS:Publish "
                    f"on resource: {topic_arn}"
                )
            if refused := keys.why_not(topic_arn, _PRINCIPAL, source_arn, account):
                raise ActionFailed(refused)
            try:
                published = sns.publish_internal(topic_arn, message, subject)
            except sns.SnsPublishError as error:
                raise ActionFailed(str(error)) from error
            if published is None:
                raise ActionFailed(f"Topic does not exist: {topic_arn}")

    def invoke(
        self, function_arn: str, event: dict[str, Any], *, account: str, region: str
    ) -> None:
        """Invoke asynchronously.

        Raises:
            ActionFailed: no such function.
        """
        with request_scope(account, region):
            function, config, name = lambda_svc._get_func_record_for_ref(function_arn)
            if not function or not config:
                raise ActionFailed(f"Function not found: {name or function_arn}")
            record = lambda_svc._execution_record_for_config(function, config)
            lambda_svc.invoke_async_with_retry(record, json.loads(json.dumps(event)))

    def announce(self, event: dict[str, Any], *, account: str, region: str) -> None:
        """Put the event on the default bus, as the aws.cloudwatch source; rules do the rest."""
        entry = {
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
            "Resources": event["resources"],
            "Time": event["time"],
        }
        with request_scope(account, region):
            eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
