"""The collector as compiled: what reaches it, what it may do, who hears when it fails."""

from fnmatch import fnmatchcase

import pytest

from collector.evidence import PREFIX
from collector.moments import made_id
from tocsin import config
from tocsin.local.filter_pattern import MAX_LENGTH, matches
from tocsin.stacks import collector_access

FUNCTIONS = ("Orders", "Payments", "Notifications")


def properties(template, logical_id):
    return template["Resources"][logical_id]["Properties"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_functions_log_leads_to_it(dev, function) -> None:
    subscription = properties(dev, f"{function}CollectorSubscription")
    assert subscription["FilterName"] == "collector-function-dev"
    assert subscription["LogGroupName"] == {"Ref": f"{function}LogGroup"}
    assert subscription["DestinationArn"] == {"Fn::GetAtt": ["CollectorLambdaFunction", "Arn"]}
    assert len(subscription["FilterPattern"]) <= MAX_LENGTH
    # What the pattern lets through is tested on the first; the others have the same.
    first = properties(dev, "OrdersCollectorSubscription")
    assert subscription["FilterPattern"] == first["FilterPattern"]


def test_its_own_log_leads_nowhere(dev, of_type) -> None:
    subscribed = [
        subscription["Properties"]["LogGroupName"]
        for subscription in of_type(dev, "AWS::Logs::SubscriptionFilter").values()
    ]
    assert subscribed == [{"Ref": f"{function}LogGroup"} for function in (*FUNCTIONS, "Drill")]


ORDINARY = [
    "START RequestId: 3f2b1c9e-0000-4000-8000-000000000001 Version: $LATEST",
    "END RequestId: 3f2b1c9e-0000-4000-8000-000000000001",
    "REPORT RequestId: 3f2b1c9e-0000-4000-8000-000000000001\tDuration: 2.85 ms\t"
    "Billed Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\tInit Duration: 315.18 ms",
    '{"level":"INFO","message":"order reserved","order_id":"o-1"}',
    '{"level":"ERROR","message":"no stock","exception":"Traceback (most recent call last): ..."}',
    "[ERROR] OutOfStock: no stock for lamp\rTraceback (most recent call last):\r  File ...",
    '{"time":"2026-10-08T07:30:29.470Z","type":"platform.report","record":{"status":"success"}}',
    "Runtime Version: python:3.12.v43",
    "read timed out after 3 attempts",
]


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_line_does_not_reach_it(dev, line) -> None:
    assert not matches(properties(dev, "OrdersCollectorSubscription")["FilterPattern"], line)


def test_only_the_logs_of_this_stages_functions_may_call_it(dev, of_type) -> None:
    for function in (*FUNCTIONS, "Drill"):
        permission = properties(dev, f"{function}CollectorInvokePermission")
        assert permission["FunctionName"] == {"Ref": "CollectorLambdaFunction"}
        assert permission["Action"] == "lambda:InvokeFunction"
        assert permission["Principal"] == "logs.amazonaws.com"
        assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
        group = f":log-group:/aws/lambda/{function.lower()}-function-dev:*"
        assert permission["SourceArn"]["Fn::Sub"].endswith(group)
        waits_for = dev["Resources"][f"{function}CollectorSubscription"]["DependsOn"]
        assert waits_for == [f"{function}CollectorInvokePermission"]
    callers = [
        permission
        for permission in of_type(dev, "AWS::Lambda::Permission").values()
        if permission["Properties"]["FunctionName"] == {"Ref": "CollectorLambdaFunction"}
    ]
    assert len(callers) == len(FUNCTIONS) + 1


@pytest.mark.parametrize(("count", "expected"), [(19, 20), (20, 1)])
def test_a_stage_of_many_functions_has_one_permission_for_all(tmp_path, count, expected) -> None:
    """As many as the policy of 20 KB and the stack of 500 resources have room for."""
    keys = [f"f{number}" for number in range(count)]
    for key in keys:
        (tmp_path / "functions" / key).mkdir(parents=True)
        (tmp_path / "functions" / key / "handler.py").write_text(
            "def handler(event, context): ...\n"
        )
    declared = f"service: shop\nfunctions: {{{', '.join(f'{key}: {{}}' for key in keys)}}}\n"
    (tmp_path / "monitoring.yml").write_text(declared + "stages: {dev: {}}\n")
    stage = config.load(tmp_path, "dev")
    permissions = collector_access.own_permissions(stage)
    assert len(permissions) == expected
    for function in stage.functions:
        pattern = permissions[collector_access.own_permission_of(stage, function.logical_id)]
        assert fnmatchcase(function.log_group, pattern)


def test_its_role_tells_of_which_stack_it_is(dev) -> None:
    """Where roles have no region and no tag of CloudFormation (tocsin/deploy/name_conflicts.py)."""
    (tag,) = properties(dev, "CollectorRole")["Tags"]
    assert tag == {"Key": "stack", "Value": {"Ref": "AWS::StackId"}}


def test_its_role_grants_what_it_does_and_reads_no_event(dev) -> None:
    granted = {}
    for policy in properties(dev, "CollectorRole")["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                granted[statement["Sid"], action] = (
                    statement["Resource"],
                    statement.get("Condition"),
                )
    group = {"Fn::GetAtt": ["CollectorLogGroup", "Arn"]}
    table = {"Fn::GetAtt": ["ErrorLogTable", "Arn"]}
    _, records = granted.pop(("RecogniseRecords", "dynamodb:Query"))
    _, streams = granted.pop(("KnowLogStreams", "dynamodb:Query"))
    _, own = granted.pop(("TakeBackOwnRecords", "dynamodb:DeleteItem"))
    logs, _ = granted.pop(("ReadWhatItIsToldOf", "logs:GetLogEvents"))
    assert granted == {
        ("RecordErrors", "dynamodb:PutItem"): (table, None),
        ("WriteOwnLogGroup", "logs:CreateLogStream"): (group, None),
        ("WriteOwnLogGroup", "logs:PutLogEvents"): (group, None),
        ("KeepWhatFails", "sqs:SendMessage"): (
            {"Fn::GetAtt": ["CollectorDeadLetters", "Arn"]},
            None,
        ),
    }
    readable = set(records["ForAllValues:StringEquals"]["dynamodb:Attributes"])
    assert not readable & {"event", "errorMessage", "stackTrace", "context"}
    assert records["StringEquals"] == {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}
    assert streams == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{PREFIX}*"]}}
    (form,) = own["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert fnmatchcase(made_id(1_795_444_000_000, "group", "stream", "request"), form)
    assert not fnmatchcase("01JDX8Y3Z4A5B6C7D8E9F0G1H2", form)
    assert [log["Fn::Sub"].partition(":log-group:")[2] for log in logs] == [
        f"/aws/lambda/{key}-function-dev:*" for key in (*map(str.lower, FUNCTIONS), "drill")
    ]


def test_what_it_gives_up_on_is_kept_and_alarmed(dev) -> None:
    function = properties(dev, "CollectorLambdaFunction")
    target = {"Fn::GetAtt": ["CollectorDeadLetters", "Arn"]}
    assert function["DeadLetterConfig"] == {"TargetArn": target}
    assert properties(dev, "CollectorDeadLetters") == {
        "QueueName": "collector-dead-letters-dev",
        "MessageRetentionPeriod": 14 * 86_400,
        "SqsManagedSseEnabled": True,
    }
    depth = properties(dev, "CollectorDeadLettersAlarm")
    assert (depth["Namespace"], depth["MetricName"]) == (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
    )
    assert depth["Dimensions"] == [{"Name": "QueueName", "Value": "collector-dead-letters-dev"}]
    errors = properties(dev, "CollectorErrorsAlarm")
    assert (errors["Namespace"], errors["MetricName"]) == ("AWS/Lambda", "Errors")
    assert errors["Dimensions"] == [{"Name": "FunctionName", "Value": "collector-function-dev"}]
    assert (depth["Statistic"], errors["Statistic"]) == ("Maximum", "Sum")
    for alarm in (depth, errors):
        assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
        assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (
            60,
            1,
            1,
        )
        assert alarm["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize(("stage", "days"), [("dev", 7), ("prod", 90)])
def test_it_logs_with_a_retention(compiled, stage, days) -> None:
    group = properties(compiled(stage), "CollectorLogGroup")
    name = f"/aws/lambda/collector-function-{stage}"
    assert group == {"LogGroupName": name, "RetentionInDays": days}
