"""Rendering: strict about names, safe about text, and never half a result."""

import shutil

import pytest
import yaml

from tests.conftest import read_yaml
from tocsin import config
from tocsin.packaging.render import TemplateError, render, rendered


def test_text_of_monitoring_yml_stays_text(project) -> None:
    hostile = "quotes \" and: {braces} #hash 'single' é"
    file = project / "monitoring.yml"
    data = read_yaml(file.read_text())
    data["functions"]["payments"]["description"] = hostile
    file.write_text(yaml.safe_dump(data))
    document = read_yaml(rendered(project, config.load(project, "dev")))
    assert document["functions"]["payments"]["description"] == hostile


def test_an_undefined_name_says_file_and_line_and_writes_nothing(project) -> None:
    fragment = project / "resources" / "alerts.yml.j2"
    fragment.write_text("# one\n# two\nAlertsTopic: {{ stage.nosuch }}\n")
    with pytest.raises(TemplateError, match=r"resources/alerts\.yml\.j2:3: .*nosuch"):
        render(project, config.load(project, "dev"))
    assert not (project / "build").exists()


def test_a_syntax_error_says_file_and_line(project) -> None:
    (project / "resources" / "alarms.yml.j2").write_text("ok: 1\n{% if %}\n")
    with pytest.raises(TemplateError, match=r"alarms\.yml\.j2:2: "):
        render(project, config.load(project, "dev"))


@pytest.mark.parametrize("name", ["serverless.yml.j2", "resources/alarms.yml.j2"])
def test_a_template_that_is_no_text_is_named(project, name) -> None:
    (project / name).write_bytes(b"a: '\xe9'\n")
    with pytest.raises(TemplateError, match=r"\.yml\.j2: found no UTF-8: .* at byte 4"):
        render(project, config.load(project, "dev"))
    assert not (project / "build").exists()


def test_a_fragment_that_the_project_does_not_have_is_the_products(project) -> None:
    stage = config.load(project, "dev")
    before = rendered(project, stage)
    shutil.rmtree(project / "resources")
    (project / "serverless.yml.j2").unlink()
    assert rendered(project, stage) == before


def test_a_fragment_that_nobody_has_is_named(project) -> None:
    (project / "resources" / "iam.yml.j2").write_text('{% include "none.yml.j2" %}')
    with pytest.raises(TemplateError, match=r"none\.yml\.j2: no such template"):
        render(project, config.load(project, "dev"))


def test_text_that_is_not_yaml_is_refused(project) -> None:
    (project / "resources" / "outputs.yml.j2").write_text("a: [unclosed\n")
    with pytest.raises(TemplateError, match="not YAML"):
        render(project, config.load(project, "dev"))
    assert not (project / "build").exists()


def test_minimum_invocations_guards_the_error_rate(project) -> None:
    file = project / "monitoring.yml"
    file.write_text(
        file.read_text().replace("errorRate:  ", "errorRate:\n    minimumInvocations: 20\n   ")
    )
    document = read_yaml(rendered(project, config.load(project, "dev")))
    alarm = document["resources"]["Resources"]["OrdersErrorRateAlarm"]["Properties"]
    assert alarm["Metrics"][0]["Expression"].startswith(
        "IF(invocations >= 20, 100 * errors / invocations / "
        "IF(invocations >= 100, 1, IF(invocations >= 20, 4, 10)), 0) / "
    )


def test_a_percentile_is_an_extended_statistic(project) -> None:
    file = project / "monitoring.yml"
    file.write_text(file.read_text().replace("statistic: Average", "statistic: p99"))
    document = read_yaml(rendered(project, config.load(project, "dev")))
    alarm = document["resources"]["Resources"]["OrdersLatencyAlarm"]["Properties"]
    assert alarm["ExtendedStatistic"] == "p99"
    assert "Statistic" not in alarm


def test_a_disabled_alarm_is_not_rendered(project) -> None:
    file = project / "monitoring.yml"
    file.write_text(file.read_text() + "      latency: {enabled: false}\n")
    document = read_yaml(rendered(project, config.load(project, "dev")))
    resources = document["resources"]["Resources"]
    assert "NotificationsLatencyAlarm" not in resources
    assert {"OrdersLatencyAlarm", "NotificationsThrottlesAlarm"} <= set(resources)


@pytest.mark.parametrize(
    ("written", "answers"), [(None, None), ("[5xx, 429]", "5xx,429"), ("[]", "none")]
)
def test_which_answers_count_is_in_the_functions_environment(project, written, answers) -> None:
    if written:
        file = project / "monitoring.yml"
        file.write_text(
            file.read_text().replace("  orders:", f"  orders:\n    recordAnswers: {written}", 1)
        )
    document = read_yaml(rendered(project, config.load(project, "dev")))
    environment = document["functions"]["orders"]["environment"]
    assert environment.get("ERROR_LOG_ANSWERS") == answers
    assert "ERROR_LOG_ANSWERS" not in document["functions"]["payments"]["environment"]
