"""monitoring.yml: what holds on a stage, and every error in a bad one at once."""

import re
from textwrap import dedent

import pytest

from tests.conftest import ROOT
from tests.unit.config.monitoring_files import GOOD, problems_of
from tocsin import config
from tocsin.config import ConfigError
from tocsin.config.attachment_settings import AttachedFunctionSettings, Attachment
from tocsin.config.bug_settings import BugRule, BugSettings
from tocsin.config.external_settings import ExternalFunctions
from tocsin.config.function_settings import FunctionSettings
from tocsin.config.model import Monitoring, Redaction, Rollback, StageSettings
from tocsin.exceptions import InputError
from tocsin.strict_model import StrictModel


def test_built_in_defaults_are_the_products(written) -> None:
    function = config.load(written(GOOD)).functions[0]
    error_rate, latency, throttles = map(function.alarm, ("error-rate", "latency", "throttles"))
    assert (error_rate.threshold, error_rate.evaluation_periods) == (5, 2)
    assert (latency.threshold, latency.evaluation_periods) == (500, 2)
    assert (throttles.threshold, throttles.evaluation_periods) == (5, 1)
    assert latency.statistic == "Average"
    assert error_rate.period == latency.period == 60
    assert error_rate.treat_missing_data == "ignore"


@pytest.mark.parametrize("functions", ["functions: {}", "functions:", ""])
def test_a_project_may_have_no_function_yet(written, functions) -> None:
    root = written(f"service: shop\nstages: {{dev: {{}}}}\n{functions}\n")
    stage = config.load(root, "dev")
    assert stage.functions == stage.watched == ()
    assert stage.groups == ((),)
    assert problems_of(root, "prod").keys() == {"stages"}


def test_the_same_notification_twice_on_a_stage_is_refused(written) -> None:
    told = "{protocol: email, endpoint: a@example.com"
    lines = f"notifications: [{told}, stages: [dev]}}, {told}, stages: [prod]}}, {told}}}]\n"
    assert problems_of(written(dedent(GOOD) + lines))["notifications[2]"] == (
        "the same as notifications[0] on dev",
        "each once",
    )


def test_notifications_go_to_the_stages_they_name(written) -> None:
    root = written(
        """
        service: shop
        stages: {dev: {}, prod: {}}
        functions: {a: {}}
        notifications:
          - {protocol: email, endpoint: all@example.com}
          - {protocol: https, endpoint: "https://example.com/page", stages: [prod]}
        """
    )
    assert [notification.protocol for notification in config.load(root, "dev").notifications] == [
        "email"
    ]
    assert len(config.load(root, "prod").notifications) == 2


def test_a_region_given_beside_the_file_is_looked_at_too(written) -> None:
    root = written(GOOD)
    assert config.load(root, "dev", "eu-west-1").region == "eu-west-1"
    with pytest.raises(InputError, match="--region: found 'mars'; accepted: a region such as"):
        config.load(root, "dev", "mars")


@pytest.mark.parametrize(
    ("of_all", "of_dev", "minutes"),
    [
        ("{}", "{}", None),
        ("{enabled: true}", "{}", 10),
        ("{enabled: true, minutes: 0}", "{}", 0),
        ("{enabled: true}", "{minutes: 180}", 180),
        ("{enabled: true}", "{enabled: false}", None),
        ("{minutes: 5}", "{enabled: true}", 5),
    ],
)
def test_a_deploy_is_undone_where_it_is_asked_for_and_never_on_the_local_stage(
    written, of_all, of_dev, minutes
) -> None:
    root = written(
        f"""
        service: shop
        rollback: {of_all}
        stages: {{dev: {{rollback: {of_dev}}}, local: {{}}}}
        functions: {{a: {{}}}}
        """
    )
    assert config.load(root, "dev").rollback_minutes == minutes
    assert config.load(root, "local").rollback_minutes is None


def test_on_the_local_stage_nothing_can_be_asked_to_undo_a_deploy(written) -> None:
    root = written(
        """
        service: shop
        stages: {dev: {}, local: {rollback: {enabled: true}}}
        functions: {a: {}}
        """
    )
    assert problems_of(root) == {
        "stages.local.rollback.enabled": ("True", "false; nothing watches a deploy there")
    }


BAD_VALUES = [
    ("reigon: us-east-1", "reigon", "an unknown key", "did you mean region?"),
    ("region: mars", "region", "'mars'", "a region such as us-east-1"),
    ("topicKey: alias/aws/sns", "topicKey", "'alias/aws/sns'", "own, none or the ARN of a KMS key"),
    ("runtime: python2.7", "runtime", "'python2.7'", "'python3.11'"),
    ("alarms: {errorRate: {threshold: '5'}}", "alarms.errorRate.threshold", "'5'", "number"),
    ("alarms: {errorRate: {threshold: 100}}", "alarms.errorRate.threshold", "100", "less than"),
    ("alarms: {errorRate: {thresold: 1}}", "alarms.errorRate.thresold", "unknown", "threshold"),
    ("alarms: {latency: {period: 45}}", "alarms.latency.period", "45", "multiple of 60"),
    ("alarms: {latency: {statistic: Sum}}", "alarms.latency.statistic", "'Sum'", "p99"),
    (
        "alarms: {latency: {treatMissingData: no}}",
        "alarms.latency.treatMissingData",
        "'no'",
        "'ignore'",
    ),
    ("notifications: [{protocol: pigeon, endpoint: x}]", "notifications[0].protocol", "pigeon", ""),
    ("notifications: [{protocol: email}]", "notifications[0].endpoint", "nothing", "required"),
    (
        "notifications: [{protocol: email, endpoint: a@example.com, stages: [live]}]",
        "notifications[0].stages[0]",
        "'live'",
        "dev",
    ),
    *(
        (
            f"notifications: [{{protocol: {protocol}, endpoint: '{endpoint}'}}]",
            "notifications[0].endpoint",
            repr(endpoint),
            accepted,
        )
        for protocol, endpoint, accepted in (
            ("email", "team", "an e-mail address"),
            ("https", "http://example.com/page", "begins with https://"),
            ("sms", "5550100", "+15555550100"),
            ("sqs", "pages", "the ARN of a queue, no FIFO"),
            (
                "sqs",
                "arn:aws:sqs:us-east-1:123456789012:pages.fifo",
                "the ARN of a queue, no FIFO",
            ),
            ("lambda", "arn:aws:sqs:us-east-1:123456789012:pages", "the ARN of a function"),
        )
    ),
    ("roles: one", "roles", "'one'", "'function' or 'shared'"),
    ("rollback: {minutes: 181}", "rollback.minutes", "181", "less than or equal to 180"),
    ("rollback: {minutes: -1}", "rollback.minutes", "-1", "greater than or equal to 0"),
    ("rollback: {minutes: true}", "rollback.minutes", "True", "a whole number"),
    ("rollback: {minute: 5}", "rollback.minute", "an unknown key", "did you mean minutes?"),
    ("rollback: true", "rollback", "True", "a mapping"),
    ("redaction: {keys: ['a,b']}", "redaction.keys[0]", "'a,b'", "without a comma"),
]


@pytest.mark.parametrize(
    ("permission", "path", "found", "accepted"),
    [
        (
            "{actions: ['dynamodb:*'], resources: ['arn:aws:s3:::a']}",
            "actions[0]",
            "'dynamodb:*'",
            "an action by its whole name, such as dynamodb:GetItem",
        ),
        (
            "{actions: ['s3:GetObject'], resources: [bucket]}",
            "resources[0]",
            "'bucket'",
            "an ARN, * where an action knows no resource, or a CloudFormation function such as "
            "Ref or Fn::GetAtt",
        ),
        ("{resources: ['*']}", "actions", "nothing", "a value; the key is required"),
    ],
)
def test_a_permission_is_of_whole_actions_on_arns(
    written, permission, path, found, accepted
) -> None:
    changed = f"{{dev: {{functions: {{a: {{permissions: [{permission}]}}}}}}}}"
    root = written(dedent(GOOD).replace("{dev: {}}", changed))
    assert problems_of(root) == {f"stages.dev.functions.a.permissions[0].{path}": (found, accepted)}


@pytest.mark.parametrize(("line", "path", "found", "accepted"), BAD_VALUES)
def test_a_bad_value_is_named_with_what_is_accepted(written, line, path, found, accepted) -> None:
    problems = problems_of(written(dedent(GOOD) + line + "\n"))
    assert list(problems) == [path]
    assert found in problems[path][0]
    assert accepted in problems[path][1]


BAD_FUNCTIONS = [
    ("{timeout: 901}", "functions.a.timeout", "901", "less than or equal to 900"),
    ("{memory: big}", "functions.a.memory", "'big'", "a whole number"),
    ("{handler: nofunction}", "functions.a.handler", "'nofunction'", "handler.handler"),
    ("{handler: other.handler}", "functions.a.handler", "no file functions/a/other.py", ""),
    ("{handler: handler.main}", "functions.a.handler", "no main in functions/a/handler.py", ""),
    ("{environment: {AWS_REGION: x}}", "functions.a.environment", "AWS_REGION", "AWS_REGION"),
    ("{environment: {STAGE: x}}", "functions.a.environment", "STAGE", "set for the function"),
    (
        "{alarms: {latency: {evaluationPeriods: 1, datapointsToAlarm: 2}}}",
        "functions.a.alarms.latency",
        "datapointsToAlarm 2 of 1",
        "at most as many",
    ),
    (
        "{alarms: {throttles: {period: 3600, evaluationPeriods: 169}}}",
        "functions.a.alarms.throttles",
        "608400 s",
        "at most 604800 s",
    ),
]


@pytest.mark.parametrize(("settings", "path", "found", "accepted"), BAD_FUNCTIONS)
def test_a_bad_function_is_named(written, settings, path, found, accepted) -> None:
    problems = problems_of(
        written(f"service: shop\nstages: {{dev: {{}}}}\nfunctions:\n  a: {settings}\n")
    )
    assert list(problems) == [path]
    assert found in problems[path][0]
    assert accepted in problems[path][1]


def test_every_error_is_reported_at_once_with_its_line(written) -> None:
    root = written(
        """\
        service: my shop
        stages:
          dev: {logRetentionDays: 8}
          pre: {environmentSuffix: dev, functions: {nope: {}}}
        functions:
          a: {timeout: 0}
          missing: {}
          a: {}
          a-name-so-long-that-no-function-of-lambda-could-ever-be-called-it: {}
        """
    )
    with pytest.raises(ConfigError) as raised:
        config.load(root, "live")
    message = str(raised.value)
    expected = {
        (1, "service"),
        (3, "stages.dev.logRetentionDays"),
        (4, "stages.pre.environmentSuffix"),
        (4, "stages.pre.functions.nope"),
        (6, "functions.a"),
        (7, "functions.missing"),
        (9, "functions.a-name-so-long-that-no-function-of-lambda-could-ever-be-called-it"),
        (2, "stages"),
    }
    for line, path in expected:
        assert f"monitoring.yml:{line}: {path}: found " in message, path
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "no such file"),
        ("service: [", "accepted: valid YAML"),
        ("- a list", "found \\['a list'\\]; accepted: a mapping"),
        ("", "found nothing; accepted: a mapping"),
    ],
)
def test_a_file_that_is_no_mapping_is_one_problem_in_words(tmp_path, content, expected) -> None:
    if content is not None:
        (tmp_path / "monitoring.yml").write_text(content)
    with pytest.raises(ConfigError, match=expected):
        config.load(tmp_path)


def test_an_unknown_stage_lists_the_known_ones(written) -> None:
    assert problems_of(written(GOOD), "qa") == {"stages": ("no stage 'qa'", "dev")}


@pytest.mark.parametrize(
    ("settings", "dev", "ci"),
    [
        ("", "function", "shared"),
        ("roles: shared\n", "shared", "shared"),
        ("roles: function\n", "function", "shared"),
    ],
)
def test_roles_are_one_for_each_function_unless_the_file_or_the_stage_says_shared(
    written, settings, dev, ci
) -> None:
    good = dedent(GOOD).replace("{dev: {}}", "{dev: {}, ci: {roles: shared}}")
    root = written(good + settings)
    assert (config.load(root, "dev").roles, config.load(root, "ci").roles) == (dev, ci)


ANSWERS = """
    service: shop
    stages: {{dev: {{functions: {{b: {{recordAnswers: {stage}}}}}}}}}
    functions:
      a: {{}}
      b: {{recordAnswers: {function}}}
"""


@pytest.mark.parametrize(
    ("function", "stage", "expected"),
    [
        ("[5xx, 429, items]", "null", None),
        ("[5xx]", "[4xx, 4xx]", ("4xx",)),
        ("[5xx]", "[]", ()),
        ("null", "null", None),
    ],
)
def test_which_answers_count_is_set_for_a_function(written, function, stage, expected) -> None:
    loaded = config.load(written(ANSWERS.format(function=function, stage=stage)))
    assert [function.record_answers for function in loaded.functions] == [None, expected]


@pytest.mark.parametrize("answers", ["[200]", "[6xx]", "[item]", "['5xx,items']"])
def test_what_no_answer_can_be_is_refused(written, answers) -> None:
    problems = problems_of(written(ANSWERS.format(function=answers, stage="null")))
    assert problems["functions.b.recordAnswers[0]"][1] == (
        "5xx, 4xx, a status code such as 429, or items"
    )


@pytest.mark.parametrize(
    "model", [Monitoring, StageSettings, Rollback, Redaction, BugSettings, BugRule,
              ExternalFunctions, Attachment, AttachedFunctionSettings]
)  # fmt: skip
def test_every_key_is_read_somewhere(model: type[StrictModel]) -> None:
    readers = [*(ROOT / "tocsin").rglob("*.py"), *(ROOT / "resources").glob("*.j2")]
    readers += [ROOT / "serverless.yml.j2"]
    read = " ".join(file.read_text(encoding="utf-8") for file in readers)
    assert model.model_fields.keys() - set(re.findall(r"\.(\w+)", read)) == set()


def test_every_key_of_a_function_is_resolved() -> None:
    resolve = (ROOT / "tocsin/config/resolve.py").read_text(encoding="utf-8")
    read = set(re.findall(r"(?:declared\.|override\.|\")(\w+)", resolve))
    assert FunctionSettings.model_fields.keys() - read == set()
