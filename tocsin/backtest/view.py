"""The report on a terminal: a line an alarm, and below it what asks for a decision."""

from collections.abc import Iterator
from typing import Any

from tocsin import terminal
from tocsin.backtest.metric_history import iso
from tocsin.backtest.report import AlarmReport, BacktestReport
from tocsin.backtest.thresholds import Proposal
from tocsin.cloudwatch import MetricAlarm

_SHOWN = 5


def print_report(report: BacktestReport) -> None:
    """The table, then history that disagrees and thresholds that page more often than wished."""
    terminal.data(f"{report.title}: {iso(report.start)} to {iso(report.end)}")
    terminal.table(
        [
            terminal.Column("alarm"),
            *(
                terminal.Column(title, right=True)
                for title in ("episodes", "pages/week", "minutes", "flaps", "detected", "no data")
            ),
            terminal.Column("history"),
        ],
        [_row(alarm) for alarm in report.alarms],
    )
    for alarm in report.alarms:
        for line in _remarks(alarm):
            terminal.data(line)


def _row(alarm: AlarmReport) -> tuple[str, ...]:
    if alarm.problem:
        return (alarm.name, "-", "-", "-", "-", "-", "-", "not replayed")
    return (
        alarm.name,
        str(len(alarm.episodes)),
        f"{alarm.pages_per_week:.1f}",
        f"{alarm.minutes_in_alarm:.0f}",
        str(alarm.flaps),
        "-" if alarm.detected_after_s is None else f"{alarm.detected_after_s:.0f} s",
        "-" if alarm.missing is None else f"{100 * alarm.missing:.1f} %",
        _history(alarm),
    )


def _history(alarm: AlarmReport) -> str:
    if alarm.comparison is None:
        return "-"
    found = alarm.comparison
    parts = [f"{found.agreed} agree"]
    if found.only_replayed:
        parts.append(f"{len(found.only_replayed)} only replayed")
    if found.only_lived:
        parts.append(f"{len(found.only_lived)} only in the history")
    return ", ".join(parts)


def _remarks(alarm: AlarmReport) -> Iterator[str]:
    if alarm.problem:
        yield ""
        yield f"{alarm.name} was not replayed: {alarm.problem}"
    if alarm.comparison is not None:
        for what, several in (
            ("replay alone", alarm.comparison.only_replayed),
            ("history alone", alarm.comparison.only_lived),
        ):
            for episode in several[:_SHOWN]:
                began, minutes = iso(episode.start), f"{episode.minutes:.0f} min"
                yield f"{alarm.name}: in the {what}: {began}, {minutes}"
            if len(several) > _SHOWN:
                yield f"{alarm.name}: in the {what}: and {len(several) - _SHOWN} more"
    if alarm.proposal is not None and alarm.pages_per_week > alarm.proposal.wish:
        yield from _trade_off(alarm, alarm.proposal)


def _trade_off(alarm: AlarmReport, proposal: Proposal) -> Iterator[str]:
    if alarm.replayed is None or not isinstance(alarm.replayed.alarm, MetricAlarm):
        return
    now: Any = alarm.replayed.alarm.threshold
    best = "none of these" if proposal.threshold is None else f"{proposal.threshold:g}"
    yield ""
    yield (
        f"{alarm.name}: {alarm.pages_per_week:.1f} pages a week at threshold {now:g}; "
        f"for at most {proposal.wish:g} a week: {best}"
    )
    yield f"  {'threshold':>12} {'pages/week':>11} {'minutes':>9} {'episodes missed':>16}"
    for trade in proposal.trade_off:
        mark = " <- now" if trade.threshold == now else ""
        mark += " <- proposed" if trade.threshold == proposal.threshold else ""
        yield (
            f"  {trade.threshold:>12g} {trade.pages_per_week:>11.1f} {trade.minutes:>9.0f} "
            f"{trade.missed:>16}{mark}"
        )
