"""Self-monitoring: the alarms on the monitoring itself, as values.

Metrics: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html,
https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html, and errorlog's own.
"""

from collections.abc import Mapping
from dataclasses import replace

from tocsin import names
from tocsin.alarms import AlarmDefinition, Measure, MetricRead, Severity
from tocsin.config import Stage
from tocsin.stacks.people import fallback_part

# CloudWatch keeps an alarm on AWS/DynamoDB in its state while no datapoint comes, whatever is
# asked for: an ALARM would stay for good. Filled up, the quiet periods count; since the newest
# period is always filled before its datapoint is in, one of three decides.
_FILLED = "FILL(counted, 0)"


def _alarm(
    kind: str,
    subject: str,
    what: str,
    anchor: str,
    command: str,
    name: str,
    namespace: str,
    metric: str,
    dimensions: Mapping[str, str],
    *,
    statistic: str = "Sum",
    threshold: float = 0,
    severity: Severity = "page",
    period: int = 60,
    evaluation_periods: int = 1,
    expression: str = "",
    noun: str,
    unit: str = "",
    tells_people: bool = False,
) -> AlarmDefinition:
    """An alarm above ``threshold``; ``expression`` is over ``counted``, ``noun`` what it counts."""
    return AlarmDefinition(
        kind=kind,
        variant=kind,
        subject=subject,
        name=name,
        logical_id=f"{names.camel(subject)}{names.camel(kind)}Alarm",
        what=what,
        anchor=anchor,
        command=command,
        severity=severity,
        threshold=threshold,
        period=period,
        evaluation_periods=evaluation_periods,
        datapoints_to_alarm=1,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        reads=(MetricRead(namespace, metric, statistic, dimensions, "counted"),),
        expression=expression,
        label=what if expression else "",
        measure=Measure(noun, unit),
        tells_people=tells_people,
    )


def self_monitoring(stage: Stage) -> tuple[AlarmDefinition, ...]:
    """The alarms on the error log, the collector, the memory of bugs, and what tells people."""
    bugs = _bugs(stage) if stage.bugs.enabled else ()
    return (
        *_error_log(stage),
        *_collector(stage),
        *bugs,
        *_notifications(stage),
        *_notifier(stage),
    )


def _error_log(stage: Stage) -> tuple[AlarmDefinition, ...]:
    subject, suffix = names.ERROR_LOG, stage.suffix
    refused = {"TableName": names.table(suffix), "Operation": "PutItem"}
    look = f"invoke errors --stage {stage.name}"

    def on_table(kind: str, metric: str, what: str, noun: str) -> AlarmDefinition:
        return _alarm(
            kind, subject, what, subject, look, names.alarm(subject, kind, suffix),
            "AWS/DynamoDB", metric, refused,
            evaluation_periods=3, expression=_FILLED, noun=noun,
        )  # fmt: skip

    return (
        _alarm(
            "failures", subject, "records are lost: they came by the log, and nobody can read them",
            subject, look,
            names.alarm(subject, "failures", suffix),
            stage.service, "ErrorLogLost", {"Stage": stage.name}, noun="lost records",
        ),
        on_table(
            "throttles", "ThrottledRequests", "the table throttles records", "throttled writes"
        ),
        on_table(
            "system-errors", "SystemErrors", "the table fails to take records", "failed writes"
        ),
    )  # fmt: skip


def _collector(stage: Stage) -> tuple[AlarmDefinition, ...]:
    subject, suffix = names.COLLECTOR, stage.suffix
    look = f"invoke errors --stage {stage.name} --function {subject}"
    queue = names.dead_letters(suffix)
    return (
        _alarm(
            "errors", subject, "it failed on log lines; Lambda tries them twice more", subject,
            look, names.alarm(subject, "errors", suffix),
            "AWS/Lambda", "Errors", {"FunctionName": names.function(subject, suffix)},
            noun="failed deliveries",
        ),
        _alarm(
            "dead-letters", subject, f"log lines that it gave up on wait in {queue}", subject, look,
            names.alarm(subject, "dead-letters", suffix),
            "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue},
            statistic="Maximum", noun="dead letters",
        ),
    )  # fmt: skip


def _bugs(stage: Stage) -> tuple[AlarmDefinition, ...]:
    """Its stream gives it what it failed on again and again, and then forgets it."""
    subject, suffix = names.BUGS, stage.suffix
    return (
        _alarm(
            "iterator-age", subject, "bugs are not counted: it fails on records, or is too slow",
            subject, f"invoke bugs --stage {stage.name}",
            names.alarm(subject, "iterator-age", suffix),
            "AWS/Lambda", "IteratorAge", {"FunctionName": names.function(subject, suffix)},
            statistic="Maximum", threshold=600_000, severity="ticket", period=300,
            noun="age of records", unit=" ms",
        ),
    )  # fmt: skip


def _notifications(stage: Stage) -> tuple[AlarmDefinition, ...]:
    subject = names.NOTIFICATIONS
    topics = [("alerts", names.topic(stage.suffix)), ("pages", names.pages_topic(stage.suffix))]
    if stage.people:
        topics.append(("people", names.people_topic(fallback_part(stage), stage.suffix)))
    return tuple(
        _alarm(
            kind, subject, f"{topic} could not deliver a notification", subject,
            f"invoke smoke-test --stage {stage.name} --only subscribers",
            names.alarm(subject, kind, stage.suffix),
            "AWS/SNS", "NumberOfNotificationsFailed", {"TopicName": topic},
            period=300,  # SNS publishes its metrics every five minutes
            noun="undelivered messages", tells_people=bool(stage.people),
        )
        for kind, topic in topics
    )  # fmt: skip


def _notifier(stage: Stage) -> tuple[AlarmDefinition, ...]:
    """They tell people by themselves: the notifier cannot say that it does not work."""
    if not stage.people:
        return ()
    subject, suffix = names.NOTIFIER, stage.suffix
    queue = names.undelivered(suffix)
    failures = _alarm(
        "failures", subject, f"it failed, and what it was to say was sent raw or waits in {queue}",
        subject, f"invoke errors --stage {stage.name} --function {subject}",
        names.alarm(subject, "failures", suffix),
        "AWS/Lambda", "Errors", {"FunctionName": names.function(subject, suffix)},
        evaluation_periods=3, noun="failed messages", tells_people=True,
    )  # fmt: skip
    failed, waiting = (
        replace(failures.reads[0], id="failed"),
        MetricRead(
            "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", {"QueueName": queue},
            "waiting",
        ),
    )  # fmt: skip
    # One alarm for what it could not say and what it was not told: a stack has 500 resources.
    expression = "FILL(failed, 0) + FILL(waiting, 0)"
    label = "failed messages"
    return (replace(failures, reads=(failed, waiting), expression=expression, label=label),)
