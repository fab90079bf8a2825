"""The report's numbers are those counted by hand (see fortnight.py)."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.backtest import fortnight
from tests.unit.backtest.fortnight import ERROR_RATE, LATENCY, at
from tocsin.backtest import BacktestReport, Episode, MetricHistory, backtest
from tocsin.backtest.alarm_history import Lived, compare
from tocsin.backtest.replayed import judged_alone, series_judged, states
from tocsin.cloudwatch import CompositeAlarm, Series, State
from tocsin.scenarios.loading import LoadedAlarms, RefusedAlarm

RATE_EPISODES = [
    (at(2, "10:02"), at(2, "10:31")),
    (at(6, "09:02"), at(6, "09:06")),
    (at(6, "09:22"), at(6, "09:26")),
    (at(6, "09:42"), at(6, "09:46")),
    (at(10, "23:52"), at(11, "00:21")),
    (at(15, "23:32"), at(15, "24:00")),
]


@pytest.fixture(scope="module")
def history() -> MetricHistory:
    return fortnight.history()


@pytest.fixture(scope="module")
def report(history: MetricHistory) -> BacktestReport:
    stage = CompositeAlarm(
        name="orders-alarm-dev", rule=f'ALARM("{ERROR_RATE.name}") OR ALARM("{LATENCY.name}")'
    )
    return backtest(LoadedAlarms((ERROR_RATE, LATENCY), (stage,)), history, "Backtest of shop-dev")


def test_episodes_are_those_counted(report: BacktestReport) -> None:
    rate, latency, _ = report.alarms
    assert [(episode.start, episode.end) for episode in rate.episodes] == RATE_EPISODES
    assert [(episode.start, episode.end) for episode in latency.episodes] == [
        (at(3, "14:10"), at(3, "14:35"))
    ]


def test_pages_minutes_flaps_and_detection_are_those_counted(report: BacktestReport) -> None:
    rate, latency, _ = (alarm.as_dict() for alarm in report.alarms)
    assert (rate["pages"], rate["pagesPerWeek"], rate["minutesInAlarm"]) == (6, 3.0, 98)
    assert (rate["flaps"], rate["detectedAfterSeconds"]) == (2, 120)
    assert rate["missing"] == 180 / 20_160
    assert (latency["pages"], latency["minutesInAlarm"], latency["flaps"]) == (1, 25, 0)
    assert latency["detectedAfterSeconds"] == 600


def test_a_composite_alarm_is_in_alarm_while_a_child_is(report: BacktestReport) -> None:
    composite = report.alarms[2]
    assert len(composite.episodes) == 7
    assert composite.minutes_in_alarm == 98 + 25
    assert composite.proposal is None


def test_a_threshold_is_proposed_for_the_wished_rate_of_pages(report: BacktestReport) -> None:
    proposal = report.alarms[0].proposal
    assert proposal is not None
    assert proposal.threshold == 10
    by_threshold = {choice.threshold: choice for choice in proposal.trade_off}
    assert (by_threshold[5].missed, round(by_threshold[5].pages_per_week, 1)) == (0, 3.0)
    assert (by_threshold[10].missed, round(by_threshold[10].pages_per_week, 1)) == (5, 0.5)
    assert by_threshold[20].pages_per_week == 0


def test_no_threshold_is_proposed_where_every_one_pages_too_often(history: MetricHistory) -> None:
    (rate,) = backtest(LoadedAlarms((ERROR_RATE,)), history, "x", wish=0).alarms
    assert rate.proposal is not None
    assert rate.proposal.threshold == 20  # nothing is above it, so it never pages
    below = replace(ERROR_RATE, comparison_operator="LessThanThreshold", threshold=1000.0)
    (always,) = backtest(LoadedAlarms((below,)), history, "x", wish=0).alarms
    # In ALARM all the time: never entered, so never paged, and no candidate of use.
    assert always.pages_per_week == pytest.approx(0.5, abs=0.01)
    assert always.proposal is not None
    assert always.proposal.threshold == 0


@pytest.mark.parametrize("alarm", [ERROR_RATE, LATENCY], ids=lambda outcome: outcome.name)
def test_what_an_alarm_judges_replays_like_its_metrics(history: MetricHistory, alarm) -> None:
    judged = series_judged(alarm, history)
    alone, its_history = judged_alone(alarm, history, judged)
    for threshold in (0, 5, 6, 40, 900):
        changed, same = replace(alarm, threshold=threshold), replace(alone, threshold=threshold)
        assert states(changed, history).codes.tolist() == states(same, its_history).codes.tolist()


def test_a_multi_day_alarm_is_replayed_where_its_hours_meet_the_datapoints() -> None:
    """Datapoints every 90 minutes, evaluations every hour: they meet every three hours."""
    period, count = 5_400, 14 * 16
    values = np.zeros(count)
    values[100:124] = 9
    slow = replace(
        LATENCY, evaluation_periods=20, datapoints_to_alarm=None,
        queries=(replace(LATENCY.queries[0], stat=fortnight.stat("Duration", "p99", period)),),
        threshold=5.0,
    )  # fmt: skip
    series = Series(fortnight.START, period, values)
    run = states(
        slow, MetricHistory(fortnight.START, fortnight.END, {slow.queries[0].stat: series})
    )
    assert run.step == 10_800
    assert [change.at for change in run.changes() if change.new is State.ALARM] == [
        fortnight.START + 120 * period
    ]


def test_an_alarm_whose_metric_is_not_in_the_history_says_so(history: MetricHistory) -> None:
    other = fortnight.stat("Throttles", "Sum")
    alarm = replace(LATENCY, name="throttles", queries=(replace(LATENCY.queries[0], stat=other),))
    stage = CompositeAlarm(name="stage", rule='ALARM("throttles")')
    refused = RefusedAlarm("Broken", ("Period: 7; ...",))
    first, second, third = backtest(
        LoadedAlarms((alarm,), (stage,), (refused,)), history, "x"
    ).alarms
    assert "Throttles" in first.problem
    assert "throttles were not replayed" in second.problem
    assert third.problem == "Period: 7; ..."
    assert not first.episodes


HOUR = 3_600


@pytest.mark.parametrize(
    ("replayed", "past", "since", "agreed", "only_replayed", "only_lived"),
    [
        ([(1, 2)], [(1, 2)], 0, 1, 0, 0),
        ([(1, 2)], [(2.05, 3)], 0, 1, 0, 0),  # CloudWatch came minutes later
        ([(1, 2)], [(2.2, 3)], 0, 0, 1, 1),
        ([(1, 2)], [], 0, 0, 1, 0),
        ([], [(1, 2)], 0, 0, 0, 1),
        ([(1, 2), (5, 6)], [(5, 6)], 3, 1, 0, 0),  # another definition before
    ],
)
def test_comparison_with_the_alarms_own_history(
    replayed, past, since, agreed, only_replayed, only_lived
) -> None:
    def spans(pairs):
        return tuple(Episode(int(a * HOUR), int(b * HOUR)) for a, b in pairs)

    found = compare(spans(replayed), Lived(int(since * HOUR), spans(past)))
    assert found.agreed == agreed
    assert (len(found.only_replayed), len(found.only_lived)) == (only_replayed, only_lived)
