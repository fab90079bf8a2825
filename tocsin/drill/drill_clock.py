"""How a minute passes for the drill: at once on the local stage, as on the wall on AWS."""

import datetime as dt
import time
from typing import Protocol

from tocsin.local import LocalStage
from tocsin.local import clock as local_clock


class DrillClock(Protocol):
    """Lets time pass on the stage.

    ``tick_s`` is the longest pass after which a look is worthwhile, ``stride_s`` that where what is
    waited for takes a quarter of an hour and longer; ``slack_s`` how late metrics may be,
    ``log_slack_s`` how late what a function's log says, ``policy_slack_s`` a new policy.
    """

    tick_s: int
    stride_s: int
    slack_s: int
    log_slack_s: int
    policy_slack_s: int

    def let_pass(self, seconds: int) -> None: ...

    def now(self) -> dt.datetime:
        """What time it is on the stage, UTC."""


class LocalClock:
    """Turns the local stage's clock: every minute in between is evaluated, at once."""

    tick_s = 60
    stride_s = 180  # a look costs more than the minutes do
    slack_s = 0
    log_slack_s = 0
    policy_slack_s = 0

    def __init__(self, stage: LocalStage) -> None:
        self._stage = stage

    def let_pass(self, seconds: int) -> None:
        local_clock.advance(self._stage, seconds)

    def now(self) -> dt.datetime:
        return local_clock.read(self._stage).now


class WallClock:
    """Waits. CloudWatch has Lambda's metrics within minutes and evaluates once a minute.

    Logs are there in seconds most times, but may take 5 to 10 minutes:
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """

    tick_s = 15
    stride_s = 15
    slack_s = 180
    log_slack_s = 600
    policy_slack_s = 60

    def let_pass(self, seconds: int) -> None:
        time.sleep(seconds)

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)
