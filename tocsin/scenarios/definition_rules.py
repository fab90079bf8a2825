"""What is wrong with an alarm as it is written, before any datapoint."""

from collections.abc import Collection, Iterator

from tocsin.cloudformation.undecided import Undecided
from tocsin.cloudwatch import CompositeAlarm, Metric, MetricAlarm
from tocsin.cloudwatch.metric_math import parse
from tocsin.cloudwatch.metric_math.syntax import (
    Array,
    FunctionCall,
    Negation,
    Node,
    Operation,
    Reference,
)
from tocsin.findings import Finding, Severity
from tocsin.nearest import nearest
from tocsin.scenarios.aws_metrics import is_misspelt, unreported
from tocsin.scenarios.loading import LoadedAlarms, RefusedAlarm, Verdict
from tocsin.scenarios.template_context import Surroundings

_NAMED_IN = {"AWS/SQS": "QueueName", "AWS/DynamoDB": "TableName"}


def error(rule: str, alarm: str, message: str) -> Finding:
    return Finding(Severity.ERROR, rule, alarm, message)


def warning(rule: str, alarm: str, message: str) -> Finding:
    return Finding(Severity.WARNING, rule, alarm, message)


def refused(refused_alarm: RefusedAlarm) -> Iterator[Finding]:
    """A definition that is not evaluated, by the fault's own name where it has one."""
    for problem in refused_alarm.problems:
        if refused_alarm.verdict is not Verdict.REFUSED:
            yield warning(
                str(refused_alarm.verdict), refused_alarm.subject, f"not proved: {problem}"
            )
            continue
        rule = str(refused_alarm.verdict)
        if problem.startswith("DatapointsToAlarm:"):
            rule = "more-datapoints-than-periods"
        # The template of a stack set is read by another service than an alarm.
        by = "CloudFormation" if problem.startswith("TemplateBody:") else "CloudWatch"
        yield error(rule, refused_alarm.subject, f"{by} would refuse it: {problem}")


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
        if action in topics or isinstance(action, Undecided):
            continue
        if not action.startswith("arn:"):
            told = f"action {action} is no ARN; the template's topics: {has}"
            yield error("unknown-topic", alarm.name, told)
        elif action.split(":")[2:3] == ["sns"]:
            told = f"action {action} is a topic of another stack, or none: the template has {has}"
            yield warning("unknown-topic", alarm.name, told)


def _metric(alarm: MetricAlarm, metric: Metric, alarms: LoadedAlarms) -> Iterator[Finding]:
    yield from unreported(alarm.name, metric)
    around = alarms.surroundings
    if around is None:
        return
    if metric.namespace == "AWS/Lambda":
        yield from _owner(alarm, metric, "FunctionName", around, "unknown-function")
    elif metric.namespace in _NAMED_IN:
        key = _NAMED_IN[metric.namespace]
        yield from _owner(alarm, metric, key, around, "unknown-resource")
    else:
        yield from _of_filters(alarm, metric, around)


def _owner(
    alarm: MetricAlarm, metric: Metric, key: str, around: Surroundings, rule: str
) -> Iterator[Finding]:
    """Whether the template has what an alarm is about; it may be another stack's, so only a name
    that is nearly one of the template's, or a part of it, is an error. One that the template names
    by its ARN is there."""
    own: dict[str, Collection[str]] = {
        "FunctionName": around.functions, "QueueName": around.queues, "TableName": around.tables,
    }  # fmt: skip
    name, known = dict(metric.dimensions).get(key), own[key]
    if not known or name is None or name in known or isinstance(name, Undecided):
        return
    if (key, name) in around.elsewhere:
        return
    told = f"{metric}: the template has no such {key}; it has {nearest(name, sorted(known))}"
    sure = is_misspelt(name, known) or any(name in other or other in name for other in known)
    yield (error if sure else warning)(rule, alarm.name, told)


def _of_filters(alarm: MetricAlarm, metric: Metric, around: Surroundings) -> Iterator[Finding]:
    """Whether the metric filters of the template emit what is read of their namespace.

    What else may emit there, code that is not in the template, is not known: then only a name
    that is nearly one of theirs is said to be wrong.
    """
    filters = [made for made in around.log_metrics if made.namespace == metric.namespace]
    if not filters:
        yield from _nearly_known(alarm, metric, around)
        return
    by_name = [made for made in filters if made.name == metric.name]
    if not by_name:
        names = sorted({made.name for made in filters})
        told = f"{metric}: the metric filters of this namespace emit {nearest(metric.name, names)}"
        sure = not around.emits_more or is_misspelt(metric.name, names)
        yield (error if sure else warning)("unknown-metric", alarm.name, told)
        return
    given = {name for name, _ in metric.dimensions}
    if around.emits_more or any(given == made.dimensions for made in by_name):
        return
    with_them = " or ".join(
        ", ".join(sorted(made.dimensions)) or "no dimension" for made in by_name
    )
    told = f"{metric}: its metric filter emits it with {with_them}"
    yield error("unknown-dimension", alarm.name, told)


def _nearly_known(alarm: MetricAlarm, metric: Metric, around: Surroundings) -> Iterator[Finding]:
    """A namespace that nothing of the template emits into, where one of another spelling is."""
    known = around.namespaces | {made.namespace for made in around.log_metrics}
    if isinstance(metric.namespace, Undecided):
        return
    if metric.namespace in known or metric.namespace.startswith("AWS/"):
        return
    alike = [name for name in sorted(known) if is_misspelt(metric.namespace, [name])]
    if alike:
        only_case = metric.namespace.lower() in {name.lower() for name in alike}
        told = f"{metric}: the template's own metrics are in {', '.join(alike)}"
        yield (error if only_case else warning)("unknown-namespace", alarm.name, told)


def _adds_to_own_share(node: Node) -> bool:
    """``a / a + b``: a share whose whole lost its parentheses."""
    if isinstance(node, Operation):
        if node.symbol == "+" and isinstance(node.left, Operation):
            below = _divisors(node.left)
            above = _references(node.left) if below else set()
            if below & _numerator(node.left) and above:
                return True
        return _adds_to_own_share(node.left) or _adds_to_own_share(node.right)
    return any(_adds_to_own_share(part) for part in _inside(node))


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
    return {id for part in _inside(node) for id in _references(part)}


def _inside(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Operation):
        return (node.left, node.right)
    if isinstance(node, FunctionCall):
        return node.arguments
    if isinstance(node, Array):
        return node.items
    return (node.operand,) if isinstance(node, Negation) else ()


def calls_function(alarm: MetricAlarm, name: str) -> bool:
    """Whether one of the alarm's expressions calls a metric math function."""

    def within(node: Node) -> bool:
        return (isinstance(node, FunctionCall) and node.name == name) or any(
            map(within, _inside(node))
        )

    return any(within(parse(query.expression)) for query in alarm.queries if query.expression)


def goes_one_way(expression: str) -> bool:
    """Whether an expression is extreme where what it reads is: sums, and shares of sums.

    A comparison, a product of two metrics or a difference below a fraction's line may have its
    highest value anywhere between, such as ``m == 7`` and ``m * (10 - m)``.
    """

    def plain(node: Node) -> bool:
        if isinstance(node, Negation):
            return plain(node.operand)
        if not isinstance(node, Operation):
            return not isinstance(node, FunctionCall | Array)
        if node.symbol == "*":
            constant = not _references(node.left) or not _references(node.right)
            return constant and plain(node.left) and plain(node.right)
        if node.symbol == "/":
            return plain(node.left) and (not _references(node.right) or _only_adds(node.right))
        return node.symbol in "+-" and plain(node.left) and plain(node.right)

    return plain(parse(expression))


def _only_adds(node: Node) -> bool:
    if isinstance(node, Operation):
        return node.symbol == "+" and _only_adds(node.left) and _only_adds(node.right)
    return isinstance(node, Reference)
