"""The report as one HTML file: no script, no network, readable in light and dark."""

from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from tocsin.backtest import plot
from tocsin.backtest.metric_history import iso
from tocsin.backtest.report import AlarmReport, BacktestReport
from tocsin.backtest.thresholds import Candidate
from tocsin.cloudwatch import CompositeAlarm, MetricAlarm
from tocsin.cloudwatch.alarm import BREACHING_WORDS
from tocsin.escaping import visible
from tocsin.exceptions import InputError

_TEMPLATE = "page.html.j2"
_EPISODES_SHOWN = 50


def write_page(file: Path, report: BacktestReport) -> None:
    """Write the page; what is in it came from the account, so everything is escaped.

    Raises:
        InputError: the file cannot be written.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=_visible,
    )
    text = environment.get_template(_TEMPLATE).render(
        report=report,
        iso=iso,
        judged=_judged,
        plot=lambda alarm: _plot(alarm, report),
        mark=_mark,
        shown=_EPISODES_SHOWN,
    )
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--html: {file} cannot be written: {error.strerror}") from error


def _visible(value: Any) -> Any:
    """Text without what a page must not have: control characters, what turns its lines around."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _plot(alarm: AlarmReport, report: BacktestReport) -> Markup:
    if alarm.replayed is None:
        return Markup()
    # The plot escapes the one text of others that is in it.
    return Markup(plot.svg(alarm.replayed, report.start, report.end))  # noqa: S704


def _mark(alarm: AlarmReport, candidate: Candidate) -> str:
    judged = alarm.replayed.alarm if alarm.replayed else None
    now = isinstance(judged, MetricAlarm) and candidate.threshold == judged.threshold
    proposed = alarm.proposal is not None and candidate.threshold == alarm.proposal.threshold
    return {(True, True): "now", (True, False): "now", (False, True): "proposed"}.get(
        (now, proposed), ""
    )


def _judged(alarm: AlarmReport) -> str:
    """What the alarm waits for, in words."""
    return alarm_in_words(alarm.replayed.alarm) if alarm.replayed else ""


def alarm_in_words(alarm: MetricAlarm | CompositeAlarm) -> str:
    """What ``alarm`` waits for, in one sentence."""
    if not isinstance(alarm, MetricAlarm):
        return f"Composite alarm: {alarm.rule}"
    if alarm.band is not None:
        limit = "outside of its anomaly detection band"
    else:
        limit = f"{BREACHING_WORDS[alarm.comparison_operator]} {alarm.threshold:g}"
    return (
        f"ALARM when {_metric(alarm)} is {limit} for "
        f"{alarm.required_datapoints} of {alarm.evaluation_periods} periods of {alarm.period} s; "
        f"missing data: {alarm.missing_data}."
    )


def _metric(alarm: MetricAlarm) -> str:
    if alarm.single is not None:
        return f"{alarm.single.stat} of {alarm.single.metric}"
    return next(str(query.expression) for query in alarm.queries if query.id == alarm.result_id)
