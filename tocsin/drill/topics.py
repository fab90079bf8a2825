"""Where alarms speak: the topic of all changes, and that of what shall wake somebody."""

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.alarms import Severity


@dataclass(frozen=True)
class Topics:
    """The ARNs of a stage's two topics."""

    alerts: str
    pages: str

    @classmethod
    def of_outputs(cls, outputs: Mapping[str, str]) -> "Topics":
        """From the outputs of the stage's main stack."""
        return cls(outputs["AlertsTopicArn"], outputs["PagesTopicArn"])

    def of(self, severity: Severity) -> str:
        """The topic that a subscription of ``severity`` is to."""
        return self.pages if severity == "page" else self.alerts
