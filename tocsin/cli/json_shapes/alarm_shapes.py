"""Shapes of alarms now, in their history, and what they cost."""

from typing import Annotated, Literal

from pydantic import Field

from tocsin.cli.json_shapes.form import Amount, Count, Shape, Share, Time


class AlarmShape(Shape):
    """An alarm of the stage; null and empty where it is not deployed."""

    function: str
    kind: str
    name: str
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA", "NOT DEPLOYED"]
    since: Time | None
    reason: str


class MuteShape(Shape):
    """A rule that mutes alarms of the stage, as CloudWatch spells its window."""

    name: str
    madeBy: Literal["hand", "monitoring.yml", "drill", "others"]
    status: Literal["ACTIVE", "SCHEDULED"]
    schedule: str
    duration: str
    timezone: str
    alarms: list[str]
    note: str


class EpisodeShape(Shape):
    """A stretch in ALARM; false where it had begun before the history did."""

    start: Time
    end: Time
    minutes: Amount
    enteredInThisTime: bool
    detectedAfterSeconds: Amount | None


class HistoryShape(Shape):
    """How the replay agrees with what CloudWatch itself did."""

    agreed: Count
    onlyReplayed: list[EpisodeShape]
    onlyInHistory: list[EpisodeShape]


class CandidateShape(Shape):
    """A threshold, and what it would have done; ``missed`` of the episodes it would not see."""

    threshold: float
    pagesPerWeek: Amount
    minutes: Amount
    missed: Count


class ProposalShape(Shape):
    """The threshold for at most ``wish`` pages a week; null where no candidate is."""

    wish: Amount
    threshold: float | None
    tradeOff: list[CandidateShape]


class ReplayedAlarmShape(Shape):
    """An alarm over the history; ``problem`` says why it could not be replayed."""

    alarm: str
    kind: Literal["metric", "composite"]
    threshold: float | None
    problem: str | None
    pages: Count
    pagesPerWeek: Amount
    minutesInAlarm: Amount
    flaps: Count
    detectedAfterSeconds: Amount | None
    missing: Share | None
    episodes: list[EpisodeShape]
    history: HistoryShape | None
    proposal: ProposalShape | None


class BacktestShape(Shape):
    """All alarms between ``start`` and ``end``."""

    title: str
    start: Time
    end: Time
    alarms: list[ReplayedAlarmShape]


class PricesShape(Shape):
    """Whose prices, and of which day."""

    region: str
    date: Annotated[str, Field(json_schema_extra={"format": "date"})]


class CostLineShape(Shape):
    """USD a month; ``lever`` would save ``saving`` of it."""

    what: str
    quantity: Amount
    unit: str
    price: Amount
    lever: str
    saving: Amount
    usd: Amount


class CostShape(Shape):
    """A month of the stage; ``unpriced`` counts resources by types that nothing here knows of."""

    stack: str
    usd: Amount
    prices: PricesShape
    lines: list[CostLineShape]
    biggest: list[str]
    unpriced: dict[str, Count]
