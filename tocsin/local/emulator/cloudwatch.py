"""Our CloudWatch in the place of ministack's: the module its other services import."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType
from typing import Any

from ministack.core.responses import get_account_id, get_region

from tocsin.local.cloudwatch import CloudWatch, CloudWatches

NAME = "ministack.services.cloudwatch"


class CloudWatchModule(ModuleType):
    """Answers for ``ministack.services.cloudwatch``; ``contacts.OFFERED`` lists for what."""

    def __init__(self, clouds: CloudWatches) -> None:
        super().__init__(NAME, "Tocsin's CloudWatch service.")
        self._clouds = clouds

    def here(self) -> CloudWatch:
        """The CloudWatch of the request's account and region."""
        return self._clouds.of(get_account_id(), get_region())

    async def handle_request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any
    ) -> tuple[int, dict[str, str], bytes]:
        """One API request; off the event loop, since an evaluation may take a while."""
        return await asyncio.to_thread(self.here().respond, path, headers, body, query_params)

    def record_metric(
        self,
        namespace: str,
        metric_name: str,
        value: float,
        unit: str = "None",
        dimensions: dict[str, str] | None = None,
    ) -> None:
        """Where other services put their AWS/* metrics."""
        self.here().record(namespace, metric_name, value, unit, dimensions or {})

    def cloudformation_put_metric_alarm(self, alarm: dict[str, Any]) -> None:
        """An alarm that target tracking makes for itself."""
        self.here().put_metric_alarm_from_template(alarm["AlarmName"], alarm)

    def cloudformation_delete_metric_alarm(self, name: str) -> None:
        """The end of such an alarm."""
        self.here().delete_alarm(name)

    def first_alarm_time(self, alarm_arn: str, start: float, end: float) -> float | None:
        """When the alarm was first in ALARM within [start, end], for AppConfig's monitors."""
        return self.here().first_alarm_time(alarm_arn, start, end)

    def get_state(self) -> None:
        """Nothing to persist: a stage lives as long as its process."""

    def reset(self) -> None:
        """ministack's own reset of all services."""
        self._clouds.clear()


def install(clouds: CloudWatches) -> CloudWatchModule:
    """Put our module where ``import ministack.services.cloudwatch`` finds it.

    Must run before any ministack service is imported: they bind the module at import.
    """
    if NAME in sys.modules:
        raise RuntimeError(f"{NAME} was imported before ours was in place")
    module = CloudWatchModule(clouds)
    sys.modules[NAME] = module
    return module
