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
    (
        "logDataProtectionPolicy: {Version: 2021-06-01, Name: a}",
        "logDataProtectionPolicy.Statement",
        "the key is required",
    ),
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


TAKEN_AWAY = """
    name: own
    description: mine
    handler: other.handler
    timeout: 30
    memorySize: 512
    reservedConcurrency: 5
    owner: shop
    recordAnswers: [5xx]
    environment: {A: x, B: y}
    events: [{sqs: 'arn:aws:sqs:us-east-1:123456789012:jobs'}]
    permissions: [{actions: ['s3:ListBucket'], resources: ['*']}]
"""


def test_null_takes_away_what_a_lower_level_says(project) -> None:
    nulls = ", ".join(f"{key}: null" for key in yaml.safe_load(TAKEN_AWAY))
    nulls = nulls.replace("environment: null", "environment: {A: null}")
    root = project(TAKEN_AWAY, f"{{dev: {{functions: {{a: {{{nulls}}}}}}}, live: {{}}}}")
    (root / "functions/a/other.py").write_text(HANDLER)
    taken, kept = (config.load(root, stage).functions[0] for stage in ("dev", "live"))
    (plain,) = config.load(project("environment: {B: y}")).functions
    assert taken == plain
    assert (kept.name, kept.handler, kept.timeout, kept.memory) == ("own", "other.handler", 30, 512)
    assert (kept.reserved_concurrency, kept.owner) == (5, "shop")
    assert kept.environment == {"A": "x", "B": "y"}
    assert kept.events
    assert kept.permissions


@pytest.mark.parametrize("written", ["'300'", "300.0", "'3e2'", "' 300 '", "0x12C"])
def test_a_number_is_what_osls_takes_for_one(project, written) -> None:
    settings = f"timeout: {written}\nmemorySize: {written}\nreservedConcurrency: {written}"
    (function,) = config.load(project(settings)).functions
    assert (function.timeout, function.memory, function.reserved_concurrency) == (300, 300, 300)


@pytest.mark.parametrize("key", ["timeout", "memorySize", "memory", "reservedConcurrency"])
@pytest.mark.parametrize("written", ["'30s'", "30.5", "true", "[]", "'1_000'", "1:30"])
def test_what_osls_takes_for_no_number_is_none(project, key, written) -> None:
    if (key, written) == ("reservedConcurrency", "true"):
        return  # Ajv makes 1 of it
    assert "a whole number" in problems(project(f"{key}: {written}"))[key][1]


def test_a_concurrency_that_osls_fills_in_goes_on_as_it_is_written(project) -> None:
    (function,) = config.load(project("reservedConcurrency: '${ssm:/shop/most}'")).functions
    assert function.keys == {"reservedConcurrency": "${ssm:/shop/most}"}
    assert function.reserved_concurrency is None


SHORT_FORMS = [
    ("!Ref Stock", {"Ref": "Stock"}),
    ("!GetAtt Stock.Arn", {"Fn::GetAtt": ["Stock", "Arn"]}),
    ("!GetAtt [Stock, Stream.Arn]", {"Fn::GetAtt": ["Stock", "Stream.Arn"]}),
    ("!Sub 'x-${AWS::Region}'", {"Fn::Sub": "x-${AWS::Region}"}),
    ("!Sub ['${A}', {A: !Ref B}]", {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}),
    ("!If [IsLive, a, !ImportValue b]", {"Fn::If": ["IsLive", "a", {"Fn::ImportValue": "b"}]}),
    ("!Join ['', [a, !Select [0, !GetAZs '']]]",
     {"Fn::Join": ["", ["a", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}]]}),
]  # fmt: skip


@pytest.mark.parametrize(("written", "long_form"), SHORT_FORMS)
def test_the_short_forms_of_cloudformation_are_read(project, written, long_form) -> None:
    (function,) = config.load(project(f"environment: {{A: {written}}}")).functions
    assert function.environment == {"A": long_form}


def test_a_short_form_that_osls_does_not_know_is_named_with_its_line(project) -> None:
    with pytest.raises(ConfigError, match=r"monitoring\.yml:6: .*'!Reff'"):
        config.load(project("environment:\n  A: !Reff Stock"))


TEXTS = ["22:30", "1:30:00", "2026-01-01", "012345670123", "1_000", "190:20:30.15", "yes", "off"]


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_a_number_or_a_date_only_to_older_yaml_is_text(project, text) -> None:
    (function,) = config.load(project(f"environment: {{A: {text}}}\ntags: {{b: {text}}}")).functions
    assert function.environment == {"A": text}
    assert function.keys == {"tags": {"b": text}}


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
