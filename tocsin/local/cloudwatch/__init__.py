"""The local stage's CloudWatch: the API over the alarm engine, under an explicit clock.

Nothing here knows the emulator: :class:`CloudWatch` answers requests and takes metrics,
:class:`CloudWatches` holds one per account and region and moves their time, and alarm
actions go to whatever :class:`~tocsin.local.cloudwatch.actions.Deliverer` is connected.
"""

from tocsin.local.cloudwatch.cloud import CloudWatch
from tocsin.local.cloudwatch.clouds import CloudWatches

__all__ = ["CloudWatch", "CloudWatches"]
