"""Lists of external functions: what the account gives, and what is used without one."""

import io
import json
import zipfile

import boto3
import pytest
from moto import mock_aws

from tests.conftest import slow
from tocsin import config
from tocsin.aws import discovery
from tocsin.aws.account import NoCredentials
from tocsin.config.external_lock import LISTED_FILE, Selector

pytestmark = slow

HANDLER = "def handler(event, context):\n    return event\n"
NAMES = [f"shop-{number:02}" for number in range(60)]  # ListFunctions gives 50 a page
VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE")


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "functions" / "a"
    folder.mkdir(parents=True)
    (folder / "handler.py").write_text(HANDLER)
    (tmp_path / "monitoring.yml").write_text(
        "service: shop\nstages: {dev: {}, prod: {}}\nfunctions: {a: {}}\n"
        "externalFunctions:\n"
        "  - {prefix: shop-, alarms: {latency: {threshold: 900}}}\n"
        "  - {tag: team, value: payments, stages: [dev]}\n"
    )
    return tmp_path


@pytest.fixture
def no_credentials(monkeypatch, tmp_path):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def functions():
    """An account with 60 functions of the shop, two of team payments and one of nobody."""
    with mock_aws():
        iam = boto3.client("iam", region_name="us-east-1")
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        client = boto3.client("lambda", region_name="us-east-1")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("handler.py", HANDLER)

        def create(name, team="", **settings):
            client.create_function(
                FunctionName=name, Runtime="python3.11", Role=role, Handler="handler.handler",
                Code={"ZipFile": archive.getvalue()}, Timeout=7,
                Tags={"team": team} if team else {}, **settings,
            )  # fmt: skip

        for name in reversed(NAMES):
            create(name)
        create("till", "payments")
        create("cash", "payments")
        create("other", "search")
        yield client


def test_every_page_is_listed_and_in_order_of_the_names(root, functions) -> None:
    note = discovery.refresh(root, config.load(root, "dev"))
    stage = config.load(root, "dev")
    assert [function.name for function in stage.external_functions] == [*NAMES, "cash", "till"]
    assert {function.timeout for function in stage.external_functions} == {7}
    assert stage.external_functions[0].alarm("latency").threshold == 900
    assert note == f"external functions: 62 listed, written to {LISTED_FILE}"


def test_the_same_account_gives_the_same_file_and_each_stage_its_lists(root, functions) -> None:
    discovery.refresh(root, config.load(root, "dev"))
    first = (root / LISTED_FILE).read_bytes()
    assert "as in" in discovery.refresh(root, config.load(root, "dev"))
    assert (root / LISTED_FILE).read_bytes() == first
    discovery.refresh(root, config.load(root, "prod"))
    lists = json.loads((root / LISTED_FILE).read_text())
    assert {stage: sorted(names) for stage, names in lists.items()} == {
        "dev": ["prefix shop-", "tag team=payments"],
        "prod": ["prefix shop-"],
    }


def test_without_credentials_the_file_is_used_and_the_note_says_so(
    root, functions, no_credentials, monkeypatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    discovery.refresh(root, config.load(root, "dev"))
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    note = discovery.refresh(root, config.load(root, "dev"))
    assert f"the 62 of {LISTED_FILE}" in note
    assert "no credentials" in note
    assert len(config.load(root, "dev").external_functions) == 62


def test_without_credentials_and_file_it_fails_in_words(root, no_credentials) -> None:
    with pytest.raises(NoCredentials, match="set AWS_PROFILE"):
        discovery.refresh(root, config.load(root, "dev"))
    assert not (root / LISTED_FILE).exists()


def test_a_stage_without_lists_asks_nobody(root, no_credentials) -> None:
    file = root / "monitoring.yml"
    file.write_text(file.read_text().partition("externalFunctions")[0])
    assert discovery.refresh(root, config.load(root, "dev")) is None


def test_a_function_that_logs_elsewhere_is_listed_with_its_group(functions) -> None:
    class Pages:
        def paginate(self):
            entry = {"FunctionName": "x", "Timeout": 3, "LoggingConfig": {"LogGroup": "/all"}}
            return [{"Functions": [entry]}]

    class Client:
        def get_paginator(self, _):
            return Pages()

    class Target:
        def client(self, _):
            return Client()

    (found,) = discovery.listed(Target(), (Selector(prefix="x"),)).values()
    assert [(function.name, function.log_group) for function in found] == [("x", "/all")]
