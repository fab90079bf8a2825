"""The alarm that undoes a deploy: named once it is there, refused while it fires, and blamed."""

from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import Stubber

from tests.conftest import DEMO
from tests.unit.local.conftest import ACCOUNT, NOON, REGION, Wall, client_of
from tocsin import config
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.deploy import rollback
from tocsin.local.cloudwatch import CloudWatches
from tocsin.local.cloudwatch.stage_clock import StageClock
from tocsin.stacks import Stack, stacks_of

STAGE_ALARM = "health-alarm-dev"
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/tocsin-dev/1"


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def account(wall: Wall) -> Account:
    """An account with the local stage's CloudWatch, in this process."""
    cloudwatch = client_of(CloudWatches(StageClock(wall)).of(ACCOUNT, REGION))
    session = boto3.Session("testing", "testing", region_name=REGION)
    return Account(REGION, session, {}, _clients={("cloudwatch", False): cloudwatch})


@pytest.fixture
def put(account: Account):
    """``put(name, state)``: a composite alarm that is deployed, over one that is in that state."""

    def deployed(name: str, state: str = "OK") -> None:
        cloudwatch = account.client("cloudwatch")
        child = f"child-of-{name}"
        cloudwatch.put_metric_alarm(
            AlarmName=child, Namespace="Shop", MetricName="Errors", Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=f'ALARM("{child}")')
        cloudwatch.set_alarm_state(AlarmName=child, StateValue=state, StateReason="said")

    return deployed


def stage_of(*numbers: int, **settings) -> Stage:
    """Its functions in the stacks of these ``numbers``; watched for seven minutes."""
    loaded = config.load(DEMO, "dev")
    keys = [function.key for function in loaded.functions]
    placed = dict(zip(keys, numbers or (1, 1, 1), strict=True))
    return replace(loaded, stack_numbers=placed, **{"rollback_minutes": 7, **settings})


def watched(account: Account, stage: Stage) -> dict[str, str]:
    """Stack -> the alarm that undoes its deploy."""
    found = [(stack.name, rollback.trigger(account, stack)) for stack in stacks_of(stage)]
    return {stack: trigger.name for stack, trigger in found if trigger}


def test_an_alarm_that_is_deployed_is_named_with_the_minutes(account, put) -> None:
    put(STAGE_ALARM)
    (main,) = stacks_of(stage_of())
    assert rollback.trigger(account, main).configuration == {
        "RollbackTriggers": [
            {
                "Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{STAGE_ALARM}",
                "Type": "AWS::CloudWatch::CompositeAlarm",
            }
        ],
        "MonitoringTimeInMinutes": 7,
    }


def test_an_alarm_that_is_not_there_yet_is_not_named(account) -> None:
    """CloudFormation fails the whole update where a trigger is missing."""
    assert watched(account, stage_of()) == {}


def test_where_it_is_off_none_is_named(account, put) -> None:
    put(STAGE_ALARM, "ALARM")
    off = stage_of(rollback_minutes=None)
    assert watched(account, off) == {}
    rollback.refuse_alarms(account, off)


def test_of_several_stacks_each_has_its_own_and_the_summary_none(account, put) -> None:
    for name in (STAGE_ALARM, "health-1-alarm-dev", "health-2-alarm-dev"):
        put(name)
    for paging in ("stage", "function"):
        assert watched(account, stage_of(1, 2, 2, paging=paging)) == {
            "tocsin-dev": "health-1-alarm-dev",
            "tocsin-2-dev": "health-2-alarm-dev",
        }


def test_where_functions_page_for_themselves_it_is_the_stacks_too(account, put) -> None:
    for name in (STAGE_ALARM, "health-1-alarm-dev"):
        put(name)
    assert watched(account, stage_of(paging="function")) == {"tocsin-dev": "health-1-alarm-dev"}


def test_a_deploy_begins_while_no_alarm_fires(account, put) -> None:
    rollback.refuse_alarms(account, stage_of())  # the first one: there is none
    put(STAGE_ALARM, "OK")
    rollback.refuse_alarms(account, stage_of())


def test_a_deploy_that_would_be_undone_at_once_is_refused_in_words(account, put) -> None:
    put("health-1-alarm-dev")
    put("health-2-alarm-dev", "ALARM")
    with pytest.raises(rollback.WouldBeUndone) as raised:
        rollback.refuse_alarms(account, stage_of(1, 2, 2))
    message = str(raised.value)
    assert "found health-2-alarm-dev in ALARM" in message
    assert "nothing was deployed; accepted: OK (`./inv alarms --stage dev`" in message
    assert "`./inv deploy --stage dev --no-rollback`" in message
    assert raised.value.exit_code == 2


def event(status: str, resource: str = "tocsin-dev", reason: str = "") -> dict:
    return {
        "StackId": STACK_ID,
        "EventId": f"{resource}-{status}",
        "StackName": "tocsin-dev",
        "LogicalResourceId": resource,
        "PhysicalResourceId": STACK_ID if resource == "tocsin-dev" else resource,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "Timestamp": datetime.fromtimestamp(NOON, UTC),
    }


BEGAN = [event("UPDATE_COMPLETE"), event("UPDATE_IN_PROGRESS", reason="User Initiated")]
UPDATED = [event("UPDATE_IN_PROGRESS", "Orders"), event("UPDATE_COMPLETE", "Orders")]
BACK = event("UPDATE_ROLLBACK_IN_PROGRESS")


def explained(account: Account, events: list[dict], stage: Stage | None = None) -> str:
    """What is said after a failure with these ``events`` of the main stack, oldest first."""
    main = stacks_of(stage or stage_of())[0]
    trigger = rollback.trigger(account, main)
    stubber = Stubber(account.client("cloudformation"))
    for page in (events[2:], events[:2]):
        answer = {"StackEvents": page[::-1]} | ({"NextToken": "2"} if page == events[2:] else {})
        stubber.add_response("describe_stack_events", answer)
    with stubber:
        return rollback.explanation(account, trigger)


def test_a_stack_that_went_back_because_of_the_alarm_is_told_so(account, put) -> None:
    put(STAGE_ALARM, "ALARM")
    assert explained(account, [*BEGAN, *UPDATED, BACK]) == (
        "health-alarm-dev went to ALARM, so CloudFormation puts tocsin-dev back to what it was; "
        "`./inv alarms --stage dev` says what is behind it"
    )
    # What fails on the way back is not why it went back.
    assert explained(account, [*BEGAN, *UPDATED, BACK, event("UPDATE_FAILED", "Orders")])


def test_of_several_stacks_it_is_told_what_the_others_have(account, put) -> None:
    put("health-1-alarm-dev", "ALARM")
    said = explained(account, [*BEGAN, BACK], stage_of(1, 2, 2))
    assert "puts tocsin-dev back to what it was; stacks deployed before it keep the new" in said


def test_an_alarm_that_fired_for_a_minute_only_was_it_too(account, put, wall) -> None:
    wall.at = NOON + 60
    put(STAGE_ALARM, "ALARM")
    put(STAGE_ALARM, "OK")
    assert explained(account, [*BEGAN, *UPDATED, BACK]).startswith("health-alarm-dev went to ALARM")


def test_an_alarm_that_fired_before_the_update_was_not(account, put, wall) -> None:
    """Then somebody cancelled it."""
    wall.at = NOON - 60
    put(STAGE_ALARM, "ALARM")
    put(STAGE_ALARM, "OK")
    assert explained(account, [*BEGAN, *UPDATED, BACK]) == ""


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([*BEGAN, event("UPDATE_FAILED", "Orders"), BACK], id="a resource failed"),
        pytest.param([*BEGAN, *UPDATED], id="it did not go back"),
        pytest.param([*BEGAN, BACK, *BEGAN], id="it went back the time before"),
    ],
)
def test_another_failure_is_not_laid_to_the_alarm(account, put, events) -> None:
    put(STAGE_ALARM, "ALARM")
    assert explained(account, events) == ""


def test_a_question_that_fails_hides_no_failure(account, put) -> None:
    put(STAGE_ALARM, "ALARM")
    trigger = rollback.trigger(account, Stack(stage_of(), "", stage_of().watched))
    with Stubber(account.client("cloudformation")) as stubber:
        stubber.add_client_error("describe_stack_events", "AccessDenied")
        assert rollback.explanation(account, trigger) == ""
    assert rollback.explanation(account, None) == ""
