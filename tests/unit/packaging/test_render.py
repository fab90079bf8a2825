"""What is rendered from monitoring.yml: its text as text, its alarms and environment."""

import pytest
import yaml

from tests.conftest import read_yaml
from tocsin import config
from tocsin.packaging.render import rendered


def test_text_of_monitoring_yml_stays_text(project) -> None:
    hostile = "quotes \" and: {braces} #hash 'single' é"
    file = project / "monitoring.yml"
    data = read_yaml(file.read_text())
    data["functions"]["payments"]["description"] = hostile
    file.write_text(yaml.safe_dump(data))
    document = read_yaml(rendered(project, config.load(project, "dev")))
    assert document["functions"]["payments"]["description"] == hostile


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
