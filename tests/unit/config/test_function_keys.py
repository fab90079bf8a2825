"""A function's keys as Serverless projects write them: taken, or named with their line."""

from textwrap import dedent

import pytest
import yaml

from tocsin import config
from tocsin.config import ConfigError
from tocsin.config.function_names import deployed_name
from tocsin.config.load import dotted
from tocsin.config.variables import LAMBDAS_ENVIRONMENT

HANDLER = "def handler(event, context): ...\n"
ARN = "arn:aws:sns:us-east-1:123456789012:topic"


@pytest.fixture
def project(tmp_path):
    """``project(text)`` writes monitoring.yml with ``text`` as the settings of the function a."""
    folder = tmp_path / "functions" / "a"
    folder.mkdir(parents=True)
    (folder / "handler.py").write_text(HANDLER)

    def write(settings, stages="{dev: {}}"):
        text = dedent(settings).strip().replace("\n", "\n    ")
        (tmp_path / "monitoring.yml").write_text(
            f"service: shop\nstages: {stages}\nfunctions:\n  a:\n    {text}\n"
        )
        return tmp_path

    return write


def problems(root):
    """Dotted path below the function -> (found, accepted)."""
    with pytest.raises(ConfigError) as raised:
        config.load(root)
    return {
        dotted(problem.path).removeprefix("functions.a."): (problem.found, problem.accepted)
        for problem in raised.value.problems
    }


TAKEN = [
    "architecture: arm64",
    "awsKmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/1",
    "condition: IsLive",
    "dependsOn: [Stock]",
    f"destinations: {{onFailure: {ARN}, onSuccess: {{arn: {{Ref: Done}}, type: sns}}}}",
    "disableLogs: true",
    "durableConfig: {executionTimeout: 60}",
    "ephemeralStorageSize: 1024",
    "httpApi: {payload: '2.0'}",
    "kmsKeyArn: {'Fn::GetAtt': [Key, Arn]}",
    "layers: ['arn:aws:lambda:us-east-1:1:layer:x:1', {Ref: OwnLambdaLayer}]",
    "logRetentionInDays: 14",
    "logs: {logFormat: JSON, systemLogLevel: WARN}",
    "maximumEventAge: 60",
    "maximumRetryAttempts: 0",
    f"onError: {ARN}",
    "provisionedConcurrency: {'Fn::If': [IsLive, 2, 1]}",
    "recursiveLoop: Allow",
    "role: {'Fn::GetAtt': [OwnRole, Arn]}",
    "runtime: python3.13",
    "runtimeManagement: auto",
    "snapStart: true",
    "tags: {team: shop}",
    "tracing: 'true'",  # converted, as osls does
    "tracing: Active",
    "url: {cors: true}",
    "versionFunction: false",
    "vpc: {securityGroupIds: [sg-1], subnetIds: [{Ref: Subnet}]}",
]


@pytest.mark.parametrize("settings", TAKEN)
def test_what_osls_takes_goes_on_as_it_is_written(project, settings) -> None:
    (function,) = config.load(project(settings)).functions
    assert function.keys == yaml.safe_load(settings)


REFUSED = [
    ("architecture: sparc", "architecture", "arm64, x86_64"),
    ("ephemeralStorageSize: 100", "ephemeralStorageSize", "at least 512"),
    ("layers: [mine]", "layers[0]", "an ARN"),
    ("layers: [a: b]", None, ""),  # osls takes any mapping for Fn::Base64
    ("logRetentionInDays: 2", "logRetentionInDays", "1, 3, 5"),
    ("maximumRetryAttempts: 3", "maximumRetryAttempts", "at most 2"),
    ("tags: {team: [1, 2]}", "tags.team", "text"),
    ("url: {cors: {maxAge: -1}}", "url.cors.maxAge", "at least 0"),
    ("url: {corss: true}", "url.corss", "did you mean cors?"),
    ("vpc: {securityGroupIds: [sg-1]}", "vpc.subnetIds", "the key is required"),
    ("vpc: {}", "vpc.securityGroupIds", "the key is required"),
    ("runtime: python2.7", "runtime", "python3.14"),
    ("tracing: loud", "tracing", "Active, PassThrough or true or false"),
    ("traicing: Active", "traicing", "did you mean tracing?"),
    ("memorySize: 64", "memorySize", "greater than or equal to 128"),
    ("reservedConcurrency: -1", "reservedConcurrency", "at least 0"),
    ("reservedConcurrency: many", "reservedConcurrency", "a whole number"),
    ("environment: {A: [1]}", "environment.A", "CloudFormation function"),
    ("environment: {AWS_REGION: x}", "environment", "set for the function"),
    ("events: [{sq: x}]", "events[0].sq", "the nearest of 22"),
    ("events: [{sqs: 5}]", "events[0].sqs", "an ARN"),
    (
        "events: [{sqs: {arn: 'arn:aws:sqs:x', batchSize: 0}}]",
        "events[0].sqs.batchSize",
        "at least",
    ),
    ("events: [{http: {path: /x}}]", "events[0].http.method", "the key is required"),
    ("events: [{sqs: 'arn:a', sns: b}]", "events[0]", "one, the kind of the event"),
    ("memory: 128\nmemorySize: 128", "memorySize", "one of the two"),
    ("handler: handler.handler\nimage: a/b", "image", "one of the two"),
    ("layers: ['arn:1', 'arn:2', 'arn:3', 'arn:4', 'arn:5']", "layers", "at most 4"),
    ("name: a b", "name", "letters, digits"),
    ("name: ${self:custom.name}", "name", "${sls:stage}"),
    ("handler: ./src/a.handler", "handler", "src/handlers/orders.lambda_handler"),
    ("source: ../elsewhere", "source", "a folder of the project"),
]


@pytest.mark.parametrize(("settings", "where", "accepted"), REFUSED)
def test_what_osls_refuses_is_named_where_it_stands(project, settings, where, accepted) -> None:
    root = project(settings)
    if where is None:
        assert config.load(root)
        return
    assert accepted in problems(root)[where][1]


def test_every_mistake_is_named_at_once_with_its_line(project) -> None:
    root = project(
        """
        tracing: loud
        tags: {a: [1, 2]}
        events:
          - schedule: rate(1 hour)
          - sqs: 5
        """,
        stages="{dev: {functions: {a: {ephemeralStorageSize: 1}}}}",
    )
    with pytest.raises(ConfigError) as raised:
        config.load(root)
    places = [line.partition(": found")[0] for line in str(raised.value).splitlines()[1:]]
    assert sorted(places) == [
        "monitoring.yml:2: stages.dev.functions.a.ephemeralStorageSize",
        "monitoring.yml:5: functions.a.tracing",
        "monitoring.yml:6: functions.a.tags.a",
        "monitoring.yml:9: functions.a.events[1].sqs",
    ]


@pytest.mark.parametrize(
    "settings",
    ["tracing: ${param:tracing}", "tags: '${file(tags.yml)}'", "events: [{'${self:custom.x}': 1}]"],
)
def test_of_what_osls_fills_in_nothing_is_said(project, settings) -> None:
    assert config.load(project(settings)).functions


def test_a_stage_has_the_last_word_key_by_key(project) -> None:
    stages = "{dev: {functions: {a: {tracing: null, tags: {b: '2'}}}}, live: {}}"
    root = project("tracing: Active\ntags: {a: '1'}\nvpc: null", stages)
    assert config.load(root).functions[0].keys == {"tags": {"b": "2"}, "vpc": False}
    live = config.load(root, "live").functions[0]
    assert live.keys == {"tracing": "Active", "tags": {"a": "1"}, "vpc": False}


FREE = ("AWS_LAMBDA_EXEC_WRAPPER", "AWS_XRAY_CONTEXT_MISSING", "AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS")


@pytest.mark.parametrize("variable", FREE)
def test_a_variable_that_lambda_leaves_free_may_be_set(project, variable) -> None:
    assert variable not in LAMBDAS_ENVIRONMENT
    (function,) = config.load(project(f"environment: {{{variable}: x}}")).functions
    assert function.environment == {variable: "x"}


def test_a_variable_may_be_what_cloudformation_knows(project) -> None:
    environment = {
        "TABLE": {"Ref": "Stock"},
        "URL": {"Fn::Join": ["", ["https://", {"Ref": "Host"}]]},
        "TOKEN": "${ssm:/token}",
        "KEY": "{{resolve:secretsmanager:key}}",
    }
    (function,) = config.load(project(f"environment: {environment}")).functions
    assert function.environment == environment


NAMES = [
    (None, "a-function-dev"),
    ("shop_${sls:stage}_a", "shop_dev_a"),
    ("${self:service}-${opt:stage}-a", "shop-dev-a"),
    ("a-${self:provider.stage}", "a-dev"),
]


@pytest.mark.parametrize(("given", "deployed"), NAMES)
def test_a_function_may_have_a_name_of_its_own(given, deployed) -> None:
    assert deployed_name(given, "a", "shop", "dev") == deployed


def test_two_functions_of_a_stage_are_not_called_alike(tmp_path) -> None:
    for name in ("a", "b_2"):
        (tmp_path / "functions" / name).mkdir(parents=True)
        (tmp_path / "functions" / name / "handler.py").write_text(HANDLER)
    (tmp_path / "monitoring.yml").write_text(
        "service: shop\nstages: {dev: {}}\n"
        "functions:\n  a: {}\n  b_2: {name: 'a-function-${sls:stage}'}\n"
    )
    with pytest.raises(ConfigError) as raised:
        config.load(tmp_path)
    (problem,) = raised.value.problems
    assert (dotted(problem.path), problem.found) == (
        "functions.b_2.name",
        "'a-function-dev', the name of a too",
    )
