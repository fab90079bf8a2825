"""Whether notifications are encrypted by a key that lets CloudWatch use it.

Under a key that does not, every alarm fires and none is heard: CloudWatch's publish fails, which
is said in the alarm's history and nowhere else. AWS's own key for SNS is such a key.
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from tocsin.check.own_resources import own_topics
from tocsin.cloudformation.compiled_alarms import ALARM_ACTIONS, ALARM_TYPES
from tocsin.cloudformation.references import references
from tocsin.cloudformation.template import Properties, Template, statements_of
from tocsin.config import Stage
from tocsin.findings import Finding, Severity
from tocsin.json_values import as_list

PUBLISHER = "cloudwatch.amazonaws.com"
NEEDED = ("kms:Decrypt", "kms:GenerateDataKey")
MANAGED = "alias/aws/"


def encryption(stage: Stage, template: Template) -> Iterator[Finding]:
    """A finding for each topic and queue that is not encrypted, or by a key that silences it.

    Whether a topic of the project's own is encrypted is the project's to decide; where an alarm
    tells it, the key must let the alarm.
    """
    keys = template.of_type("AWS::KMS::Key")
    own, told = own_topics(stage), _told_by_alarms(template)
    for logical_id, topic in template.of_type("AWS::SNS::Topic").items():
        key = topic.get("KmsMasterKeyId")
        if logical_id in own and not key and stage.topic_key != "none":
            yield _error(logical_id, "the topic is not encrypted")
        if key and logical_id in own | told:
            yield from _key_of_topic(logical_id, key, keys)
    for logical_id, queue in template.of_type("AWS::SQS::Queue").items():
        # A queue that says nothing is encrypted by SQS's own keys.
        off = str(queue.get("SqsManagedSseEnabled", True)).lower() == "false"
        if off and not queue.get("KmsMasterKeyId"):
            yield _error(logical_id, "the queue is not encrypted")


def _told_by_alarms(template: Template) -> frozenset[str]:
    """Logical ids that the actions of alarms refer to."""
    return frozenset(
        logical_id
        for kind in ALARM_TYPES
        for alarm in template.of_type(kind).values()
        for actions in ALARM_ACTIONS
        for logical_id in references(alarm.get(actions))
    )


def _key_of_topic(logical_id: str, key: Any, keys: Mapping[str, Properties]) -> Iterator[Finding]:
    if MANAGED in str(key):
        yield _error(logical_id, f"{key} lets no alarm publish; a key of the account's own can")
    for reference in references(key):
        if reference not in keys:
            yield _error(logical_id, f"KmsMasterKeyId refers to {reference}, which is no key")
            continue
        for action in NEEDED:
            if not _lets_alarms(keys[reference], action):
                yield _error(logical_id, f"the policy of {reference} does not let alarms {action}")


def _lets_alarms(key: Properties, action: str) -> bool:
    """Whether a statement allows ``action`` to CloudWatch's alarms, and none denies it.

    A pattern such as ``kms:GenerateDataKey*`` counts for what it covers. Conditions are not judged:
    the tests of the compiled template hold ours to the letter.
    """
    about = [
        statement["Effect"]
        for statement in statements_of(key.get("KeyPolicy"))
        if PUBLISHER in as_list(_service(statement.get("Principal")))
        and any(
            fnmatchcase(action, str(pattern)) for pattern in as_list(statement.get("Action", []))
        )
    ]
    return bool(about) and "Deny" not in about


def _service(principal: Any) -> Any:
    return principal.get("Service", []) if isinstance(principal, dict) else []


def _error(subject: str, message: str) -> Finding:
    return Finding(Severity.ERROR, "encryption", subject, message)
