"""Names of deployed resources: ``{resource-type}-{environmentSuffix}``.

The one place where a name is put together; templates, drill and tests ask here.
Limits: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
"""

import re

DEFAULT_STAGE = "dev"  # where none is typed

# Longest name AWS takes, by kind of resource.
LIMITS = {
    "function": 64,
    "role": 64,
    "alarm": 255,
    "mute rule": 255,
    "table": 255,
    "topic": 256,
    "dashboard": 255,
    "stack": 128,
    "queue": 80,
    "secret": 512,
    "key alias": 256,
}

DRILL_REASON = "tocsin drill"
"""What the reason of a state begins with that the drill has set: subscriptions leave it out."""

HEALTH = "health"  # the kind of a function's composite alarm
FUNCTION_NAME_INDEX = "FunctionNameIndex"
COLLECTOR = "collector"  # a function of the stack itself: no other may have its name
DRILL = "drill"  # likewise: one that cannot start, for the drill to call
NOTIFIER = "notifier"  # likewise: what tells people
BUGS = "bugs"  # likewise: what remembers bugs
ERROR_LOG = "error-log"
NOTIFICATIONS = "delivery"
PROBE_QUEUE_PREFIX = "drill-probe-"
MUTE_PREFIX = "mute-"
MUTE_RULE_PREFIX = "drill-mute-"
HAND_MUTE_PREFIX = "hand-mute-"
# What the names of the stack's own alarms begin with: no function may have one of these.
OWN = (COLLECTOR, DRILL, BUGS, ERROR_LOG, NOTIFICATIONS, NOTIFIER)
FUNCTIONS = "functions"  # what the names of that begin with which a stack has for all of its
# Of no function either, with one role each as well: a stage that goes over to a shared role has
# both for a while. With `-role`, the name would be that of a stage called `role-...`.
_RESERVED = re.compile(rf"{'|'.join(OWN)}|{FUNCTIONS}(-\d+)?(-role(-.*)?)?")
# What stands between a function's key and the suffix.
MARKS = ("function", "role", "alarm")


def function(name: str, suffix: str) -> str:
    return f"{name}-function-{suffix}"


def role(name: str, suffix: str) -> str:
    return f"{name}-role-{suffix}"


def shared_role(part: str, suffix: str) -> str:
    """Of all functions of one stack; ``part`` is the stack's, as in its name."""
    return role(f"{FUNCTIONS}-{part}" if part else FUNCTIONS, suffix)


def is_reserved(name: str) -> bool:
    """Whether the resources of a function called so would have names of the stack's own.

    IAM does not tell the names of roles apart by case:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    """
    return _RESERVED.fullmatch(name.lower()) is not None


def alarm(name: str, kind: str, suffix: str) -> str:
    return f"{name}-{kind}-alarm-{suffix}"


def api_alarm(key: str, kind: str, suffix: str) -> str:
    """Of an API; ``api-errors`` of ``http-api``: ``http-api-errors-on-api-alarm-dev``.

    No alarm of a function has such a name, whatever the function is called.
    """
    return f"{key}-{kind.removeprefix('api-')}-on-api-alarm-{suffix}"


def mute_rule(name: str, part: str, number: int, suffix: str) -> str:
    """Of a window in monitoring.yml; ``part`` is the stack's, as in its name, which has several."""
    return f"{MUTE_PREFIX}{name}_{part}_{number}-{suffix}"


def log_group(function_name: str) -> str:
    """Where Lambda logs a function that is not told otherwise."""
    return f"/aws/lambda/{function_name}"


def table(suffix: str) -> str:
    return f"error-log-table-{suffix}"


def bugs_table(suffix: str) -> str:
    """What is remembered of bugs."""
    return f"{BUGS}-table-{suffix}"


def topic(suffix: str) -> str:
    return f"alerts-topic-{suffix}"


def pages_topic(suffix: str) -> str:
    return f"pages-topic-{suffix}"


def people_topic(part: str, suffix: str) -> str:
    """Of the people who are told alike; ``part`` says of what, where that is not every page."""
    return f"people-{part}-topic-{suffix}" if part else f"people-topic-{suffix}"


def undelivered(suffix: str) -> str:
    """The queue of what SNS could not hand to the notifier."""
    return f"{NOTIFIER}-dead-letters-{suffix}"


def topics_key(suffix: str) -> str:
    """The alias of the key that encrypts both topics."""
    return f"alias/topics-key-{suffix}"


def function_health(name: str, suffix: str) -> str:
    """The composite alarm of a function."""
    return alarm(name, HEALTH, suffix)


def stack_health(number: int, suffix: str) -> str:
    """The composite alarm over the functions of one of several stacks."""
    return f"health-{number}-alarm-{suffix}"


def stage_health(suffix: str) -> str:
    """The composite alarm over everything: the one that pages."""
    return f"health-alarm-{suffix}"


def dashboard(suffix: str) -> str:
    return f"monitoring-dashboard-{suffix}"


def function_dashboard(stack: int, part: int, suffix: str) -> str:
    """Of one stack's functions; ``part`` counts from 1 where one dashboard cannot hold them."""
    return f"{FUNCTIONS}-{stack}{f'-{part}' if part > 1 else ''}-dashboard-{suffix}"


def dead_letters(suffix: str) -> str:
    return f"{COLLECTOR}-dead-letters-{suffix}"


def drill_key(suffix: str) -> str:
    """The secret by which the drill's events are signed."""
    return f"drill-key-{suffix}"


def layer(suffix: str, part: str = "") -> str:
    """Each stack has a layer of its own: ``part`` is the stack's, as in its name."""
    return f"errorlog-layer-{part}-{suffix}" if part else f"errorlog-layer-{suffix}"


def stack(service: str, suffix: str) -> str:
    """The CloudFormation stack, which has the service in it since one account may hold several."""
    return f"{service}-{suffix}"


def camel(kind: str) -> str:
    """``error-rate`` -> ``ErrorRate``, as in the logical ids of alarms."""
    return "".join(part.capitalize() for part in kind.split("-"))


def logical_id(name: str) -> str:
    """``send-mail`` -> ``SendDashmail``: a CloudFormation logical id, as osls writes it.

    osls keeps letters and digits, capitalises the first and spells ``-`` and
    ``_`` out, so that two functions never share an id.
    """
    spelled = name.replace("-", "Dash").replace("_", "Underscore")
    return re.sub(r"[^A-Za-z0-9]", "", spelled[:1].upper() + spelled[1:])
