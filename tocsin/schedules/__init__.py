"""When EventBridge calls a function: rate and cron expressions, time zones, clock changes."""

from tocsin.schedules.cron import Cron, CronError
from tocsin.schedules.expression import (
    Schedule,
    ScheduleError,
    due_times,
    largest_gap,
    parse_schedule,
)
from tocsin.schedules.of_events import OnSchedule, schedule_of

__all__ = [
    "Cron",
    "CronError",
    "OnSchedule",
    "Schedule",
    "ScheduleError",
    "due_times",
    "largest_gap",
    "parse_schedule",
    "schedule_of",
]
