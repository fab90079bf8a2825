"""What drills that were killed have left: cleared by the next one, and by the stage's removal."""

from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.drill.mute import clear_rules
from tocsin.drill.probe import clear_queues


def clear_probes(account: Account, stage: Stage, topic_arns: tuple[str, ...] = ()) -> list[str]:
    """Remove queues and subscriptions of drills that are over; names of what was removed."""
    return list(clear_queues(account, stage, topic_arns))


def clear(account: Account, stage: Stage) -> list[str]:
    """Of a stage that is gone: mute rules as well."""
    return [*clear_probes(account, stage), *clear_rules(account, stage)]
