"""What is wrong with an alarm as it is written, before any datapoint."""

from collections.abc import Iterator

from tocsin.cloudformation.intrinsics import Imported
from tocsin.cloudwatch import CompositeAlarm, Metric, MetricAlarm
from tocsin.cloudwatch.metric_math import parse
from tocsin.cloudwatch.metric_math.syntax import Array, Call, Negation, Node, Operation, Reference
from tocsin.findings import Finding, Severity
from tocsin.nearest import nearest
from tocsin.scenarios.loading import LoadedAlarms, RefusedAlarm, Verdict

# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html, urls-monitoring.html
# and durable-monitoring.html
LAMBDA_METRICS = frozenset(
    {
        *("Invocations", "Errors", "DeadLetterErrors", "DestinationDeliveryFailures", "Throttles"),
        *("CPUThrottles", "MemoryThrottles", "DiskThrottles", "ConcurrencyThrottles"),
        *("OversizedRecordCount", "ProvisionedConcurrencyInvocations"),
        *("ProvisionedConcurrencySpilloverInvocations", "RecursiveInvocationsDropped"),
        *("SignatureValidationErrors", "Duration", "PostRuntimeExtensionsDuration"),
        *("IteratorAge", "OffsetLag", "ConcurrentExecutions", "ProvisionedConcurrentExecutions"),
        *("ProvisionedConcurrencyUtilization", "UnreservedConcurrentExecutions"),
        *("ClaimedAccountConcurrency", "AsyncEventsReceived", "AsyncEventAge"),
        *("AsyncEventsDropped", "PolledEventCount", "FilteredOutEventCount"),
        *("InvokedEventCount", "FailedInvokeEventCount", "DroppedEventCount"),
        *("OnFailureDestinationDeliveredEventCount", "DeletedEventCount", "CommittedEventCount"),
        *("PollingErrorCount", "InvokeErrorCount", "OnFailureDestinationDeliveryErrorCount"),
        *("SchemaRegistryErrorCount", "CommitErrorCount", "MaxOffsetLag", "SumOffsetLag"),
        *("ProvisionedPollers", "EventPollerUnit", "EventPollerThroughputInBytes"),
        *("UrlRequestCount", "Url4xxCount", "Url5xxCount", "UrlRequestLatency"),
        *("ApproximateRunningDurableExecutions", "DurableExecutionDuration"),
        *("ApproximateRunningDurableExecutionsUtilization", "DurableExecutionStarted"),
        *("DurableExecutionStopped", "DurableExecutionSucceeded", "DurableExecutionFailed"),
        *("DurableExecutionTimedOut", "DurableExecutionOperations"),
        "DurableExecutionStorageWrittenBytes",
    }
)
_LAMBDA_DIMENSIONS = {"FunctionName", "Resource", "ExecutedVersion", "EventSourceMappingUUID"}
_NAMED_IN = {"AWS/SQS": "QueueName", "AWS/DynamoDB": "TableName"}


def error(rule: str, alarm: str, message: str) -> Finding:
    return Finding(Severity.ERROR, rule, alarm, message)


def warning(rule: str, alarm: str, message: str) -> Finding:
    return Finding(Severity.WARNING, rule, alarm, message)


def refused(each: RefusedAlarm) -> Iterator[Finding]:
    """A definition that is not evaluated, by the fault's own name where it has one."""
    for problem in each.problems:
        if each.verdict is not Verdict.REFUSED:
            yield warning(str(each.verdict), each.subject, f"not proved: {problem}")
            continue
        rule = str(each.verdict)
        if problem.startswith("DatapointsToAlarm:"):
            rule = "more-datapoints-than-periods"
        yield error(rule, each.subject, f"CloudWatch would refuse it: {problem}")


def definition_rules(alarm: MetricAlarm, alarms: LoadedAlarms) -> Iterator[Finding]:
    """Findings that need no evaluation: metrics, dimensions, actions, expressions."""
    for query in alarm.queries:
        if query.stat is not None:
            yield from _metric(alarm, query.stat.metric, alarms)
        if query.expression is not None and _adds_to_own_share(parse(query.expression)):
            yield error(
                "precedence",
                alarm.name,
                f"{query.expression!r}: / binds tighter than +, so this is a sum, not a share; "
                "put the sum in parentheses",
            )
    yield from actions(alarm, alarms, needed=alarm.name not in alarms.children)


def actions(
    alarm: MetricAlarm | CompositeAlarm, alarms: LoadedAlarms, *, needed: bool = True
) -> Iterator[Finding]:
    """Whether entering ALARM tells anybody; an alarm that only feeds a composite need not."""
    if needed and not alarm.alarm_actions:
        yield error("no-actions", alarm.name, "AlarmActions is empty: nobody is told")
    elif needed and not alarm.actions_enabled:
        yield error("actions-disabled", alarm.name, "ActionsEnabled is false: nobody is told")
    if alarms.surroundings is None:
        return
    topics = alarms.surroundings.topics
    has = ", ".join(sorted(topics)) or "none"
    everything = (*alarm.alarm_actions, *alarm.ok_actions, *alarm.insufficient_data_actions)
    for action in dict.fromkeys(everything):
        if action in topics or isinstance(action, Imported):
            continue
        if not action.startswith("arn:"):
            told = f"action {action} is no ARN; the template's topics: {has}"
            yield error("unknown-topic", alarm.name, told)
        elif action.split(":")[2:3] == ["sns"]:
            told = f"action {action} is a topic of another stack, or none: the template has {has}"
            yield warning("unknown-topic", alarm.name, told)


def _metric(alarm: MetricAlarm, metric: Metric, alarms: LoadedAlarms) -> Iterator[Finding]:
    around = alarms.surroundings
    dimensions = dict(metric.dimensions)
    if metric.namespace == "AWS/Lambda":
        if metric.name not in LAMBDA_METRICS:
            yield error("unknown-metric", alarm.name, f"Lambda has no metric {metric.name}")
        odd = dimensions.keys() - _LAMBDA_DIMENSIONS
        if odd:
            yield error(
                "unknown-dimension",
                alarm.name,
                f"{metric}: Lambda reports no dimension {', '.join(sorted(odd))}; "
                "it has FunctionName",
            )
        name = dimensions.get("FunctionName")
        if around and around.functions and name is not None and name not in around.functions:
            yield error(
                "unknown-function",
                alarm.name,
                f"{metric}: no function of the template has this name; "
                f"it has {nearest(name, sorted(around.functions))}",
            )
    elif around is not None and metric.namespace in _NAMED_IN:
        key = _NAMED_IN[metric.namespace]
        known = around.queues if key == "QueueName" else around.tables
        name = dimensions.get(key)
        if known and name is not None and name not in known:
            yield error(
                "unknown-resource",
                alarm.name,
                f"{metric}: the template has no such {key}; it has {nearest(name, sorted(known))}",
            )
    elif around is not None:
        made = [name for namespace, name in around.log_metrics if namespace == metric.namespace]
        if made and metric.name not in made:
            yield error(
                "unknown-metric",
                alarm.name,
                f"{metric}: the metric filters of this namespace emit "
                + nearest(metric.name, sorted(made)),
            )


def _adds_to_own_share(node: Node) -> bool:
    """``a / a + b``: a share whose whole lost its parentheses."""
    if isinstance(node, Operation):
        if node.symbol == "+" and isinstance(node.left, Operation):
            below = _divisors(node.left)
            above = _references(node.left) if below else set()
            if below & _numerator(node.left) and above:
                return True
        return _adds_to_own_share(node.left) or _adds_to_own_share(node.right)
    return any(_adds_to_own_share(each) for each in _inside(node))


def _divisors(node: Node) -> set[str]:
    """The ids that a chain of * and / divides by."""
    if not isinstance(node, Operation) or node.symbol not in "*/":
        return set()
    own = {node.right.id} if node.symbol == "/" and isinstance(node.right, Reference) else set()
    return own | _divisors(node.left) | _divisors(node.right)


def _numerator(node: Node) -> set[str]:
    if isinstance(node, Operation) and node.symbol == "/":
        return _numerator(node.left)
    return _references(node)


def _references(node: Node) -> set[str]:
    if isinstance(node, Reference):
        return {node.id}
    return {id for each in _inside(node) for id in _references(each)}


def _inside(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Operation):
        return (node.left, node.right)
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Array):
        return node.items
    return (node.operand,) if isinstance(node, Negation) else ()


def calls_function(alarm: MetricAlarm, name: str) -> bool:
    """Whether one of the alarm's expressions calls a metric math function."""

    def within(node: Node) -> bool:
        return (isinstance(node, Call) and node.name == name) or any(map(within, _inside(node)))

    return any(within(parse(query.expression)) for query in alarm.queries if query.expression)
