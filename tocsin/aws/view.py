"""The states of the alarms on a terminal."""

from collections.abc import Sequence

from tocsin import terminal
from tocsin.aws.alarm_states import AlarmState
from tocsin.aws.muted_alarms import MuteState

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


def print_mutes(mutes: Sequence[MuteState]) -> None:
    """A line for each rule that mutes alarms, now or later."""
    if not mutes:
        terminal.data("no alarm is muted, now or later")
        return
    terminal.table(
        [
            terminal.Column("rule"),
            terminal.Column("status", {"ACTIVE": "yellow"}),
            terminal.Column("made by"),
            terminal.Column("when"),
            terminal.Column("alarms"),
            terminal.Column("note"),
        ],
        [
            (
                mute.name,
                mute.status,
                mute.made_by,
                f"{mute.schedule} {mute.timezone}, {mute.duration}",
                str(len(mute.alarms)),
                mute.note,
            )
            for mute in mutes
        ],
    )
