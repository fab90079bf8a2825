"""All CloudWatches of a stage (one per account and region) under one clock."""

from __future__ import annotations

import threading

from tocsin.local.cloudwatch.actions import Deliverer
from tocsin.local.cloudwatch.alarm_service import Change
from tocsin.local.cloudwatch.cloud import CloudWatch
from tocsin.local.cloudwatch.stage_clock import StageClock, boundaries

STEP = 10
"""Seconds between evaluations: high-resolution alarms need each, the others every sixth."""


class CloudWatches:
    """Creates each CloudWatch when first asked for, and evaluates all of them in step."""

    def __init__(self, clock: StageClock) -> None:
        self.clock = clock
        self._held: dict[tuple[str, str], CloudWatch] = {}
        self._deliverer: Deliverer | None = None
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._evaluated = clock.now()
        self._ended = threading.Event()
        self._follower: threading.Thread | None = None

    def of(self, account: str, region: str) -> CloudWatch:
        """The CloudWatch of an account and region."""
        with self._lock:
            if (account, region) not in self._held:
                cloud = CloudWatch(account, region, self.clock)
                cloud.actions.deliverer = self._deliverer
                self._held[account, region] = cloud
            return self._held[account, region]

    def deliver_with(self, deliverer: Deliverer) -> None:
        """Where alarm actions go from now on."""
        with self._lock:
            self._deliverer = deliverer
            for cloud in self._held.values():
                cloud.actions.deliverer = deliverer

    def advance(self, seconds: float) -> list[Change]:
        """Move the clock forward and evaluate every boundary passed, in order.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        with self._turn:
            target = self.clock.now() + seconds
            changes = self._catch_up(target)
            self.clock.advance(seconds)
        return changes

    def follow_wall_clock(self) -> None:
        """Evaluate in the background as time passes, until :meth:`stop`."""
        self._follower = threading.Thread(target=self._follow, name="alarm-clock", daemon=True)
        self._follower.start()

    def stop(self) -> None:
        """End the background evaluation."""
        self._ended.set()
        if self._follower is not None:
            self._follower.join()

    def clear(self) -> None:
        """Forget everything but the time."""
        with self._lock:
            self._held.clear()

    def _follow(self) -> None:
        while not self._ended.wait(STEP - self.clock.now() % STEP):
            with self._turn:
                self._catch_up(self.clock.now())

    def _catch_up(self, until: float) -> list[Change]:
        changes: list[Change] = []
        for at in boundaries(self._evaluated, until, STEP):
            for cloud in self._all():
                changes += cloud.evaluate(at)
        self._evaluated = max(self._evaluated, until)
        return changes

    def _all(self) -> list[CloudWatch]:
        with self._lock:
            return list(self._held.values())
