"""Whether CloudWatch may publish to an encrypted topic: what the topic's key says of it."""

from __future__ import annotations

import json

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_region
from ministack.services import kms, sns

# What SNS does with the key on behalf of whoever publishes:
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
_NEEDED = ("kms:GenerateDataKey", "kms:Decrypt")
_REFUSED = "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."


def why_not(topic_arn: str, service: str, source_arn: str, account: str) -> str | None:
    """Why ``service`` cannot encrypt what it publishes for ``source_arn``; None where it can.

    Also None for a topic that is not encrypted. A key that is not on the stage, such as
    ``alias/aws/sns``, lets nobody, as on AWS.
    """
    topic = sns._topic_by_arn_any_scope(topic_arn)
    reference = topic["attributes"].get("KmsMasterKeyId") if topic else None
    if not reference:
        return None
    key = kms._resolve_key(reference)
    if key is None or not all(
        _allows(key, action, service, source_arn, account) for action in _NEEDED
    ):
        return _REFUSED
    unusable = kms._check_key_state(key)
    return str(json.loads(unusable[2])["message"]) if unusable else None


def _allows(key: dict[str, str], action: str, service: str, source_arn: str, account: str) -> bool:
    # The service itself asks, no identity of the account.
    context = EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=key["Arn"],
        region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": account},
    )
    result = evaluate_resource_policy(key["Policy"], context, service=service)
    return bool(result.decision == "Allow")
