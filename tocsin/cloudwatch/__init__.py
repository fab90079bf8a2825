"""CloudWatch's alarm semantics, pure: no AWS call, no clock, no disk.

Times are epoch seconds, UTC. Series are float64 arrays in which NaN is a missing datapoint.
What the engine decides where the documentation is silent is in docs/engine.md.
"""

from typing import TYPE_CHECKING

from tocsin.cloudwatch.mute_windows import MuteStatus, MuteWindows, mute_windows
from tocsin.lazy_face import lazy_face

if TYPE_CHECKING:
    from tocsin.cloudwatch.alarm import (
        CompositeAlarm,
        MetricAlarm,
        State,
        evaluation_interval,
        evaluation_range,
    )
    from tocsin.cloudwatch.alarm_rule import AlarmRule, alarm_name, parse_rule
    from tocsin.cloudwatch.api_properties import alarm_to_api, composite_to_api, query_to_api
    from tocsin.cloudwatch.bands import Banded
    from tocsin.cloudwatch.composite import (
        CompositeEvaluation,
        Put,
        evaluate_composite,
        evaluation_order,
        validate_composite,
    )
    from tocsin.cloudwatch.decision import Rule
    from tocsin.cloudwatch.definitions import (
        alarm_from_api,
        composite_from_api,
        query_from_api,
    )
    from tocsin.cloudwatch.errors import (
        AlarmRuleError,
        DefinitionError,
        ExpressionError,
        MissingRecordingError,
        NotEvaluatedError,
        RefusedDefinition,
        UnknownValueError,
        UnsupportedFunctionError,
    )
    from tocsin.cloudwatch.evaluation import Datapoint, Evaluation, StateRecord, evaluate
    from tocsin.cloudwatch.metrics import Metric, MetricQuery, MetricSource, MetricStat, Series
    from tocsin.cloudwatch.queries import compute, compute_all
    from tocsin.cloudwatch.reasons import INITIAL_REASON
    from tocsin.cloudwatch.recording import RecordedMetrics
    from tocsin.cloudwatch.regions import alarm_arn
    from tocsin.cloudwatch.replaying import Replay, StateChange, replay
    from tocsin.cloudwatch.state_change import (
        Transition,
        eventbridge_event,
        history_item,
        sns_message,
    )
    from tocsin.cloudwatch.store import MetricStore, StatisticSet
    from tocsin.cloudwatch.suppression import (
        SuppressedBy,
        Suppression,
        advance_suppression,
        begin_suppression,
    )
    from tocsin.cloudwatch.validation import validate
    from tocsin.cloudwatch.watching import Watch
else:
    __getattr__ = lazy_face(__name__)

__all__ = [
    "INITIAL_REASON",
    "AlarmRule",
    "AlarmRuleError",
    "Banded",
    "CompositeAlarm",
    "CompositeEvaluation",
    "Datapoint",
    "DefinitionError",
    "Evaluation",
    "ExpressionError",
    "Metric",
    "MetricAlarm",
    "MetricQuery",
    "MetricSource",
    "MetricStat",
    "MetricStore",
    "MissingRecordingError",
    "MuteStatus",
    "MuteWindows",
    "NotEvaluatedError",
    "Put",
    "RecordedMetrics",
    "RefusedDefinition",
    "Replay",
    "Rule",
    "Series",
    "State",
    "StateChange",
    "StateRecord",
    "StatisticSet",
    "SuppressedBy",
    "Suppression",
    "Transition",
    "UnknownValueError",
    "UnsupportedFunctionError",
    "Watch",
    "advance_suppression",
    "alarm_arn",
    "alarm_from_api",
    "alarm_name",
    "alarm_to_api",
    "begin_suppression",
    "composite_from_api",
    "composite_to_api",
    "compute",
    "compute_all",
    "evaluate",
    "evaluate_composite",
    "evaluation_interval",
    "evaluation_order",
    "evaluation_range",
    "eventbridge_event",
    "history_item",
    "mute_windows",
    "parse_rule",
    "query_from_api",
    "query_to_api",
    "replay",
    "sns_message",
    "validate",
    "validate_composite",
]
