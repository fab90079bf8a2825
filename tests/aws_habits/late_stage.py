"""A local stage whose metrics and policies come as late as AWS's, by the stage's own clock.

``python -m tests.aws_habits.late_stage`` in place of ``tocsin.local.launcher``.
"""

import math
import sys
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

METRICS_AFTER_S = (60, 120, 180)
"""Of one sample after the other: Lambda's are there one to three minutes after the call."""
POLICIES_AFTER_S = 60
"""IAM is consistent in the end; what a role may is known everywhere within about a minute.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
"""


def late_metrics(cloud: type) -> None:
    """Have each sample of the class ``CloudWatch`` arrive late, with the time that it is of."""
    record, evaluate, do = cloud.record, cloud.evaluate, cloud.do  # type: ignore[attr-defined]
    under_way: dict[Any, list[tuple[float, float, tuple[Any, ...]]]] = {}
    numbers = count()

    def recorded(self: Any, *sample: Any, wall: float | None = None) -> None:
        at = self.clock.now() if wall is None else self.clock.at_wall(wall)
        due = self.clock.now() + METRICS_AFTER_S[next(numbers) % len(METRICS_AFTER_S)]
        with self._lock:
            under_way.setdefault(self, []).append((due, at, sample))

    def arrive(self: Any, until: float) -> None:
        with self._lock:
            waiting = under_way.pop(self, [])
            under_way[self] = [one for one in waiting if one[0] > until]
        for due, at, sample in waiting:
            if due <= until:
                record(self, *sample, wall=at - self.clock.offset)

    def evaluated(self: Any, at: float) -> Any:
        arrive(self, at)
        return evaluate(self, at)

    def done(self: Any, operation: str, params: Mapping[str, Any]) -> Any:
        arrive(self, self.clock.now())
        return do(self, operation, params)

    cloud.record, cloud.evaluate, cloud.do = recorded, evaluated, done  # type: ignore[attr-defined]


def late_policies(now: Callable[[], float]) -> None:
    """Have what a role may hold only a while after a stack has made it."""
    from ministack.core import iam_evaluator
    from ministack.services.cloudformation import provisioners

    handler = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]
    create, gathered = handler["create"], iam_evaluator._gather_role_policies
    made: dict[str, float] = {}

    def created(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        provisioned = create(logical_id, properties, stack)
        made[provisioned[0]] = now()
        return provisioned

    def gather(role_name: str, account_id: str) -> list[Any]:
        since = now() - made.get(role_name, -math.inf)
        return gathered(role_name, account_id) if since >= POLICIES_AFTER_S else []

    handler["create"], iam_evaluator._gather_role_policies = created, gather


def main() -> int:
    """Serve as the launcher does."""
    from tocsin.local import launcher
    from tocsin.local.cloudwatch.cloud import CloudWatch
    from tocsin.local.emulator import assembly

    late_metrics(CloudWatch)
    assembled = assembly.assemble

    def assemble(clouds: Any, **settings: Any) -> Any:
        emulator = assembled(clouds, **settings)
        late_policies(clouds.clock.now)
        return emulator

    vars(launcher)["assemble"] = assemble
    return launcher.main()


if __name__ == "__main__":
    sys.exit(main())
