"""What a delivery came to, as metrics in CloudWatch's embedded format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from errorlog.settings import Settings

HEALED, LOST = "ErrorLogHealed", "ErrorLogLost"
SKIPPED, OVER_BUDGET = "CollectorSkippedLines", "CollectorOverBudget"


@dataclass(slots=True)
class Counts:
    """``lost`` is what the alarm on the error log is about: it is in no table, and stays so."""

    failures: int = 0
    recorded: int = 0
    healed: int = 0
    lost: int = 0
    skipped: int = 0
    over_budget: int = 0
    reasons: list[str] = field(default_factory=list)

    def answer(self) -> dict[str, int]:
        """What the function returns; further counts where there is something to count."""
        more = {
            "healed": self.healed,
            "lost": self.lost,
            "skipped": self.skipped,
            "overBudget": self.over_budget,
        }
        return {
            "failures": self.failures,
            "recorded": self.recorded,
            **{name: count for name, count in more.items() if count},
        }

    def line(self, settings: Settings) -> str | None:
        """The line that counts itself; None where there is nothing to count."""
        metrics = {
            HEALED: self.healed,
            LOST: self.lost,
            SKIPPED: self.skipped,
            OVER_BUDGET: self.over_budget,
        }
        counted = {name: count for name, count in metrics.items() if count}
        if not counted:
            return None
        about: dict[str, Any] = {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": settings.namespace,
                    "Dimensions": [["Stage"]],
                    "Metrics": [{"Name": name, "Unit": "Count"} for name in counted],
                }
            ],
        }
        said = {"_aws": about, "Stage": settings.stage or "unknown", **counted}
        if self.reasons:
            said["reasons"] = self.reasons
        return json.dumps(said)
