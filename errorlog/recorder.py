"""From an exception to its record: in the table, or else in the log."""

from __future__ import annotations

import os
import time

from errorlog import invocation, printed_lines, settings, ulid
from errorlog.call_facts import identity, remaining_ms
from errorlog.durable import lambda_context
from errorlog.invocation import Invocation
from errorlog.record import Record, build
from errorlog.storms import Budget
from errorlog.table import NotWritten, Table, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from errorlog.frames import TopFrame

_default: Recorder | None = None


def default() -> Recorder:
    """The recorder of this process, made at the first error."""
    global _default
    if _default is None:
        _default = Recorder()
    return _default


def _forked() -> None:
    """What a child has of its own: the counts of its failures, and locks that nobody holds."""
    global _default
    _default = None
    ulid.forked()
    printed_lines.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class Recorder:
    """Holds what outlives an invocation: the client, its cool-down, the budgets."""

    def __init__(self, table: Table | None = None, budget: Budget | None = None) -> None:
        self._table = table or Table()
        self._budget = budget

    def record(
        self,
        error: BaseException,
        here: Invocation | None,
        *,
        handled: bool = False,
        extra: dict[str, Any] | None = None,
        item: Any = None,
        item_id: str | None = None,
        answered: bool = False,
        place: TopFrame | None = None,
        following: int = 0,
    ) -> str | None:
        """Record ``error`` once; its ``errorId``, or None when a storm's budget is spent.

        ``answered``: the call's answer says so, which has a metric of its own. ``following`` are
        failures alike after this one, which are counted with it where the budget is spent.

        Never raises an Exception: where even the record cannot be built, a line with the bare
        facts is printed.
        """
        configured = settings.from_environment()
        try:
            made = build(
                error, here, configured,
                handled=handled, extra=extra, item=item, item_id=item_id, place=place,
            )  # fmt: skip
        except Exception as failure:
            self._last_resort(error, here, describe(failure), configured.namespace)
            return None
        invocation.mark_recorded(here, error, handled)
        if handled and not answered:
            printed_lines.handled(made, configured.namespace)
        if self._budget is None:
            self._budget = Budget(configured.burst, configured.refill_s)
        before = self._budget.take(str(made["fingerprint"]), time.monotonic())
        alike = following if before is None else 0
        made["counter"], made["counted"] = self._budget.count(str(made["fingerprint"]), 1 + alike)
        if before is None:
            self._budget.pass_over(str(made["fingerprint"]), following)
            printed_lines.suppressed(made, configured.namespace, 1 + following)
            return None
        if before:
            made["suppressed"] = before
        self._keep(made, here, configured)
        return str(made["errorId"])

    def _keep(self, made: Record, here: Invocation | None, configured: settings.Settings) -> None:
        remaining = remaining_ms(lambda_context(here.context)) if here is not None else None
        try:
            self._table.put(configured.table, made, configured.timeout_s, remaining)
        except BaseException as failure:  # a signal's handler may raise SystemExit right here
            reason = str(failure) if isinstance(failure, NotWritten) else describe(failure)
            printed_lines.fallback(made, reason, configured.namespace)

    @staticmethod
    def _last_resort(
        error: BaseException, here: Invocation | None, reason: str, namespace: str
    ) -> None:
        bare: Record = {
            **identity(lambda_context(here.context) if here is not None else None),
            "errorType": type(error).__name__,
            "source": "handler",
        }
        printed_lines.fallback(bare, f"RecordNotBuilt: {reason}", namespace)
