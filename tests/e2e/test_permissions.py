"""The printed policies suffice: a user who has nothing else reads the stage and holds its drill."""

import contextlib
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from starlette.testclient import TestClient

from tests.waiting import until
from tocsin import config, triage
from tocsin.aws import account, alarm_states
from tocsin.aws.account import Account
from tocsin.config.selection import selected
from tocsin.deploy.name_conflicts import TakenNames, refuse_taken
from tocsin.drill import LocalClock, Topics, drill
from tocsin.web import Console
from tocsin.web.admission import Admission
from tocsin.web.application import application


@pytest.fixture
def as_a(deployed):
    """``as_a("reader")``: the account of a new user with that role's policy, and the stage."""
    stage = config.load(deployed.root, "local")
    iam = deployed.client("iam")
    here = account.of(deployed.root, stage)

    def make(role: str) -> tuple[Account, config.Stage]:
        document = json.loads(
            deployed.invoke("permissions", "--role", role, "--stage", "local").stdout
        )
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_user(UserName=role)
        iam.put_user_policy(UserName=role, PolicyName="tocsin", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName=role)["AccessKey"]
        session = boto3.Session(
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            region_name=stage.region,
        )
        return Account(stage.region, session, here.environment, here.endpoint, here.local), stage

    return make


def test_a_reader_reads_and_may_not_make_a_function_fail(as_a) -> None:
    reader, stage = as_a("reader")
    assert account.outputs(reader, stage)["ErrorLogTableName"] == "error-log-table-local"
    assert len(alarm_states.states(reader, stage, None)) >= 9
    triage.newest(reader, stage, None, 5)
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.client("lambda").invoke(FunctionName="orders-function-local", Payload=b"{}")


PAGES = ("/bugs", "/bugs?state=all&q=KeyError", "/alarms", "/alarms/health-alarm-local",
         "/alarms/orders-error-rate-alarm-local", "/alarms/orders-error-rate-alarm-local/backtest",
         "/alarms/orders-error-rate-alarm-local/scenarios", "/drill", "/clock")  # fmt: skip


def test_a_reader_sees_every_page_of_the_console_and_decides_nothing(deployed, as_a) -> None:
    reader, stage = as_a("reader")
    deployed.client("lambda").invoke(
        FunctionName="orders-function-local", Payload=b'{"simulate": "error"}'
    )
    (bug,) = until(lambda: triage.bugs(reader, stage))[:1]
    (record,) = until(lambda: triage.newest(reader, stage, None, 1))
    console, admission = Console(deployed.root, stage, lambda: reader), Admission()
    authority = "t-0123456789.localhost:8123"
    own = {"origin": f"http://{authority}", "sec-fetch-site": "same-origin"}
    guard: Any = application(console, admission, authority)
    browser = TestClient(guard, base_url=f"http://{authority}", follow_redirects=False)
    browser.post("/session", data={"token": admission.new_token()}, headers=own)
    of_bug = f"/bugs/{bug.fingerprint}"
    for path in (*PAGES, of_bug, f"{of_bug}/suspects", f"/records/{record['errorId']}/neighbours"):
        answer = browser.get(path)
        assert (answer.status_code, path) == (200, path)
        assert "You may not" not in answer.text, path
        assert 'class="trouble' not in answer.text, path
    for decision in ("resolve", "mute", "note"):
        answer = browser.post(f"{of_bug}/{decision}", data={"text": "x"}, headers=own)
        assert "You may not dynamodb:PutItem" in answer.text
    assert triage.bug(reader, stage, bug.fingerprint).state == bug.state


def test_a_driller_holds_the_whole_drill(as_a) -> None:
    driller, stage = as_a("driller")
    topics = Topics.of_outputs(account.outputs(driller, stage))
    (orders,) = selected(stage, "orders")
    checks = drill(driller, stage, topics, LocalClock(driller.local), [orders])
    assert {check.detail for check in checks if check.failed} == set()
    assert len(checks) > 10
    # As the integration tests do.
    driller.client("sns").publish(TopicArn=topics.alerts, Message="a test")
    with pytest.raises(ClientError, match="AuthorizationError"):
        driller.client("sns").publish(TopicArn=topics.pages, Message="a test")
    with pytest.raises(ClientError, match="AccessDenied"):
        driller.client("dynamodb").scan(TableName="error-log-table-local")


def test_who_may_not_ask_whose_a_role_or_a_table_is_may_go_on(deployed, as_a) -> None:
    """Here both are there, and no stack: with the right to ask it is refused."""
    reader, stage = as_a("reader")
    refuse_taken(reader, stage, [], {})
    with pytest.raises(TakenNames):
        refuse_taken(account.of(deployed.root, stage), stage, [], {})
