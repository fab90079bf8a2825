"""The states of the alarms on a terminal."""

from collections.abc import Sequence

from tocsin import terminal
from tocsin.aws.alarm_states import AlarmState

_COLOURS = {"OK": "green", "ALARM": "red", "INSUFFICIENT_DATA": "yellow"}


def print_states(alarms: Sequence[AlarmState]) -> None:
    """A line an alarm."""
    terminal.table(
        [
            terminal.Column("alarm"),
            terminal.Column("state", _COLOURS),
            terminal.Column("since (UTC)"),
            terminal.Column("why"),
        ],
        [
            (
                alarm.name,
                alarm.state,
                f"{alarm.since:%Y-%m-%d %H:%M}" if alarm.since else "-",
                alarm.reason,
            )
            for alarm in alarms
        ],
    )
