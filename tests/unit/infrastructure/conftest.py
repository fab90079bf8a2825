"""The compiled template, and short ways to what is in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SHARED, copy_project
from tocsin import config
from tocsin.config import Stage
from tocsin.config.external_lock import Listed, Selector, write_listed
from tocsin.packaging.package import compiled_template, package

Template = dict[str, Any]
Compiled = Callable[[str], Template]


@pytest.fixture(scope="session")
def dev(compiled: Compiled) -> Template:
    return compiled("dev")


@pytest.fixture(scope="session")
def prod(compiled: Compiled) -> Template:
    return compiled("prod")


@pytest.fixture(scope="session")
def shared(compiled: Compiled) -> Template:
    """Of a stage with `roles: shared`."""
    return compiled(SHARED)


@pytest.fixture(scope="session")
def of_type() -> Callable[[Template, str], dict[str, dict[str, Any]]]:
    """``of_type(template, "AWS::SNS::Topic")``: logical id -> resource."""

    def select(template: Template, kind: str) -> dict[str, dict[str, Any]]:
        return {
            name: resource
            for name, resource in template["Resources"].items()
            if resource["Type"] == kind
        }

    return select


QUEUE = "arn:aws:sqs:us-east-1:123456789012:orders-queue-dev"
DECLARED = f"""  orders:
    events:
      - httpApi: {{method: POST, path: /orders}}
      - sqs: {{arn: "{QUEUE}", batchSize: 5}}
      - schedule: rate(5 minutes)
    permissions:
      - actions: [sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage]
        resources: ["{QUEUE}"]
      - actions: [dynamodb:GetItem, dynamodb:PutItem]
        resources: ["arn:aws:dynamodb:us-east-1:${{AWS::AccountId}}:table/stock-${{sls:stage}}"]
      - actions: [xray:PutTraceSegments]
        resources: ["*"]
"""


HOOK = "arn:aws:lambda:us-east-1:123456789012:function:chat"
ELSEWHERE = "arn:aws:lambda:eu-west-1:123456789012:function:chat"
NOTIFICATIONS = f"""notifications:
  - {{protocol: email-json, endpoint: team@example.com, severity: ticket}}
  - {{protocol: https, endpoint: "https://example.com/page", stages: [dev]}}
  - {{protocol: lambda, endpoint: "{HOOK}"}}
  - {{protocol: lambda, endpoint: "{ELSEWHERE}"}}
  - {{protocol: email, endpoint: team@example.com}}
  - {{protocol: sms, endpoint: "+15555550100", severity: ticket}}
  - {{protocol: email, endpoint: shop@example.com, severity: ticket, owners: [shop]}}
  - {{protocol: slack, secret: "ssm:/shop/slack", channel: C0123456789}}
  - {{protocol: teams, secret: "secretsmanager:shop/teams", severity: ticket, owners: [shop]}}
  - {{protocol: webhook, endpoint: "https://example.com/hook", secret: "ssm:/shop/key"}}
owner: shop
"""


EXTERNAL = """
externalFunctions:
  - name: shop-cart
    timeout: 30
    alarms:
      latency: {threshold: 2000, statistic: p99}
  - name: legacy_search
    logGroup: /search/all
  - name: legacy_index
    logGroup: /search/all
    alarms: {throttles: {enabled: false}}
  - prefix: pay-
"""
LISTED = (Listed("pay-in", 9, "/aws/lambda/pay-in"), Listed("pay-out", 9, "/pay/out"))


@pytest.fixture(scope="session")
def declared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stage, Template]:
    """A project that declares all that the demo does not, compiled once.

    Its orders is called and reaches further, beside a function with hyphens; functions of other
    stacks are watched; and programs and people are told.
    """
    root = copy_project(tmp_path_factory.mktemp("declared") / "a project")
    (root / "functions" / "send-mail-2").symlink_to("orders")
    file = root / "monitoring.yml"
    text = file.read_text()
    assert text.count("  orders:\n") == text.count("notifications: []\n") == 1
    text = text.replace("  orders:\n", DECLARED) + "  send-mail-2: {}\n" + EXTERNAL
    file.write_text(text.replace("notifications: []\n", NOTIFICATIONS))
    write_listed(root, "dev", {Selector(prefix="pay-"): LISTED})
    stage = config.load(root, "dev")
    package(root, stage)
    return root, stage, json.loads(compiled_template(root, stage).read_text())
