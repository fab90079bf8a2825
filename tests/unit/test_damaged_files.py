"""Whatever a file holds, each of the tools' readers reads it or says in words what is wrong."""

import contextlib
import gzip
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import yaml

from errorlog.attributes import item
from tests.conftest import DEEP, DEMO, slow
from tests.unit.damaged_files import damaged
from tests.unit.damaged_trees import as_json, as_yaml, damaged_tree
from tocsin import config, triage
from tocsin.backtest import history_files
from tocsin.backtest.metric_history import MetricHistory
from tocsin.cloudwatch import Metric, MetricStat, Series
from tocsin.exceptions import TocsinError
from tocsin.scenarios import prove
from tocsin.scenarios.loading import load_alarms
from tocsin.scenarios.scenario_runs import run_files
from tocsin.triage.importing import fallback_records
from tocsin.triage.log_formats import decoded

pytestmark = slow

SEEDS = 1_500 if DEEP else 12
# As some thousand seeds found them once.
FOUND = {
    "template": (366,),
    "scenarios": (322, 845, 60_573),
    "monitoring.yml": (84,),
    ".json": (245,),
    ".csv": (245,),
}

TEMPLATE = b"""\
Parameters:
  Limit: {Type: Number, Default: 5}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: alerts}}
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "orders-errors-${AWS::Region}"
      AlarmActions: [!Ref Topic]
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 2
      DatapointsToAlarm: 2
      Threshold: !Ref Limit
      TreatMissingData: notBreaching
      Metrics:
        - {Id: rate, Expression: "100 * errors / calls"}
        - Id: errors
          ReturnData: false
          MetricStat: &stat
            Period: 60
            Stat: Sum
            Metric:
              Namespace: AWS/Lambda
              MetricName: Errors
              Dimensions: [{Name: FunctionName, Value: orders}]
        - Id: calls
          ReturnData: false
          MetricStat: {<<: *stat, Metric: {Namespace: AWS/Lambda, MetricName: Invocations,
            Dimensions: [{Name: FunctionName, Value: orders}]}}
"""
SCENARIOS = b"""\
scenarios:
  - name: seven percent of the calls fail
    failsAt: 2m
    recoversAt: 6m
    inputs:
      - function: orders
        phases:
          - {for: 2m, calls: 200 invocations a minute}
          - {for: 4m, calls: "200 invocations a minute with 7 % errors, taking 501 ms"}
      - metric: {namespace: Shop, name: Orders, dimensions: {Stage: dev}}
        values: "1x5 _x2 5x3"
    expect:
      - alarm: orders-errors-us-east-1
        states: {2m: OK, 5m: ALARM}
        timeToDetect: 3m
        notifications: {count: 1}
"""
DESCRIBED = {
    "MetricAlarms": [
        {
            "AlarmName": "orders-errors",
            "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:orders-errors",
            "ActionsEnabled": True,
            "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:alerts"],
            "StateValue": "OK",
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Dimensions": [{"Name": "FunctionName", "Value": "orders"}],
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
        }
    ],
    "CompositeAlarms": [{"AlarmName": "either", "AlarmRule": "ALARM(orders-errors)"}],
}
LOG = b"""\
2026-11-28T10:00:00 START RequestId: 3f2b1c9e-0000-4000-8000-000000000001 Version: $LATEST
2026-11-28T10:00:01 {"errorLogFallback": {"errorId": "01X", "timestamp": "2026-11-28T10:00:01Z"}}
{"events": [{"message": "a", "timestamp": 1}], "results": [[{"field": "@message", "value": "b"}]]}
"@timestamp","@message"
"2026-11-28 10:00:00.000","ERROR_LOG_FALLBACK {""errorId"": ""01X""}"
"""


def template(content: bytes, folder: Path) -> None:
    file = folder / "template.yml"
    file.write_bytes(content)
    prove(load_alarms(file))


def scenarios(content: bytes, folder: Path) -> None:
    file, right = folder / "scenarios.yml", folder / "right.yml"
    file.write_bytes(content)
    right.write_bytes(TEMPLATE)
    run_files([file], load_alarms(right))


def monitoring(content: bytes, folder: Path) -> None:
    root = folder / "project"
    if not root.exists():
        shutil.copytree(DEMO, root)
    (root / "monitoring.yml").write_bytes(content)
    config.load(root, "dev")


NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


def history(ending: str) -> Callable[[bytes, Path], None]:
    def read(content: bytes, folder: Path) -> None:
        file = folder / f"history{ending}"
        file.write_bytes(content)
        history_files.load(file)

    return read


def log(content: bytes, folder: Path) -> None:
    fallback_records(decoded(content), NOW)


def export(content: bytes, folder: Path) -> None:
    (folder / "data.json.gz").write_bytes(gzip.compress(content, 1))
    triage.exported_bugs(triage.export_folders([str(folder)]))


def export_archive(content: bytes, folder: Path) -> None:
    (folder / "data.json.gz").write_bytes(content)
    triage.exported_bugs(triage.export_folders([str(folder)]))


def saved_history(folder: Path, ending: str) -> bytes:
    stat = MetricStat(Metric.of("AWS/Lambda", "Errors", {"FunctionName": "orders"}), 60, "Sum")
    start = 1_790_000_040
    series = Series(start, 60, np.array([0.0, 1.0, np.nan, 3.5] * 5))
    file = folder / f"right{ending}"
    history_files.save(file, MetricHistory(start, start + 1_200, {stat: series}))
    return file.read_bytes()


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A file for each reader that has nothing wrong."""
    folder = tmp_path_factory.mktemp("right")
    record = {
        "errorId": "01X", "timestamp": "2026-11-28T10:00:00.000Z", "functionName": "orders",
        "errorType": "KeyError", "fingerprint": "v1:aa", "suppressed": 2, "event": {"a": [1]},
    }  # fmt: skip
    exported = "\n".join(json.dumps({"Item": item(record)}) for _ in range(3)).encode()
    return {
        "template": TEMPLATE,
        "scenarios": SCENARIOS,
        "monitoring.yml": (DEMO / "monitoring.yml").read_bytes(),
        ".json": saved_history(folder, ".json"),
        ".csv": saved_history(folder, ".csv"),
        ".parquet": saved_history(folder, ".parquet"),
        "log": LOG,
        "export": exported,
        "export's archive": gzip.compress(exported),
    }


READERS = {
    "template": template,
    "scenarios": scenarios,
    "monitoring.yml": monitoring,
    ".json": history(".json"),
    ".csv": history(".csv"),
    ".parquet": history(".parquet"),
    "log": log,
    "export": export,
    "export's archive": export_archive,
}


@pytest.mark.parametrize("kind", READERS)
def test_a_file_with_anything_wrong_is_read_or_refused(
    kind: str, right: dict[str, bytes], tmp_path: Path
) -> None:
    read, content = READERS[kind], right[kind]
    read(content, tmp_path)
    for seed in (*FOUND.get(kind, ()), *range(10_000, 10_000 + SEEDS)):
        with contextlib.suppress(TocsinError):
            read(damaged(content, seed), tmp_path)


TREES = {
    "template": lambda: yaml.safe_load(TEMPLATE.replace(b"!Ref", b"").replace(b"!Sub", b"")),
    "described": lambda: DESCRIBED,
    "scenarios": lambda: yaml.safe_load(SCENARIOS),
    "monitoring.yml": lambda: yaml.safe_load((DEMO / "monitoring.yml").read_bytes()),
    ".json": lambda: None,
}
"""What is right, as a tree, for the readers of trees."""


@slow
@pytest.mark.parametrize("kind", TREES)
def test_a_tree_with_anything_wrong_is_read_or_refused(
    kind: str, right: dict[str, bytes], tmp_path: Path
) -> None:
    tree = TREES[kind]() or json.loads(right[kind])
    read = READERS.get(kind, template)
    for seed in range(30_000, 30_000 + SEEDS):
        content = (as_json if seed % 2 or kind == ".json" else as_yaml)(damaged_tree(tree, seed))
        with contextlib.suppress(TocsinError):
            read(content, tmp_path)


@pytest.mark.parametrize("key", ["MetricAlarms", "CompositeAlarms"])
@pytest.mark.parametrize("wrong", ["x", [[1]], 5, None])
def test_an_alarm_that_is_no_object_is_refused_beside_those_that_are(
    key: str, wrong: object, tmp_path: Path
) -> None:
    file = tmp_path / "described.json"
    file.write_bytes(as_json({**DESCRIBED, key: [*DESCRIBED[key], wrong]}))
    alarms = load_alarms(file)
    assert len(alarms.metric) == len(alarms.composite) == 1
    (refused,) = alarms.refused
    assert "an object is accepted" in str(refused.problems)
    assert refused.subject == f"{key}[1]"


@pytest.mark.parametrize("wrong", [5, "x", {"a": 1}, True])
def test_alarms_that_are_no_list_are_refused(wrong: object, tmp_path: Path) -> None:
    with pytest.raises(TocsinError, match="accepted: a list of alarms") as refused:
        template(as_json({"MetricAlarms": wrong}), tmp_path)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    "key", ["x" * 300, "/etc", "..", "../../etc", "a/b", "\0", "\u202e", "a" * 70_000]
)
def test_a_function_under_any_name_is_judged_without_a_traceback(key: str, tmp_path: Path) -> None:
    right = yaml.safe_load((DEMO / "monitoring.yml").read_bytes())
    for settings in ({}, {"source": key}, {"handler": f"{key}.handler"}):
        functions = {**right["functions"], key: settings}
        with pytest.raises(TocsinError) as refused:
            monitoring(as_json({**right, "functions": functions}), tmp_path)
        assert refused.value.exit_code == 2
