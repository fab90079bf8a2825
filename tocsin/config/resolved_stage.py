"""What holds on one stage, complete."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tocsin import names
from tocsin.alarms import AlarmSettings
from tocsin.config.assignment import MAIN
from tocsin.config.attachments import StageAttachment
from tocsin.config.bug_settings import BugSettings
from tocsin.config.external_lock import Selector
from tocsin.config.local_names import is_local
from tocsin.config.model import StageSettings
from tocsin.config.notification import Notification
from tocsin.config.scheduled_mute import ScheduledMute
from tocsin.config.watched_functions import ExternalFunction, Function, Watched


@dataclass(frozen=True)
class Stage:
    """Everything monitoring.yml says about one stage, complete."""

    service: str
    name: str
    suffix: str
    region: str
    runtime: str
    architecture: str
    protected: bool
    paging: str
    roles: str
    # How long an alarm may still undo a deploy; None where none does.
    rollback_minutes: int | None
    runbook: str
    topic_key: str
    # What needs no resolving is read from here, by templates too: `stage.settings.log_level`.
    settings: StageSettings
    environment: dict[str, str]
    redact_keys: tuple[str, ...]
    redact_emails: bool
    bugs: BugSettings
    # Whether errorlog answers the drill's events, and whether people hear of a drill.
    drill_answer: bool
    drill_notify: bool
    notifications: tuple[Notification, ...]
    functions: tuple[Function, ...]
    external_functions: tuple[ExternalFunction, ...] = ()
    # What lists them; `unlisted` are those that nobody has asked the account for yet.
    selectors: tuple[Selector, ...] = ()
    unlisted: tuple[Selector, ...] = ()
    attachments: tuple[StageAttachment, ...] = ()
    mutes: tuple[ScheduledMute, ...] = ()
    # Of alarms on APIs, by kind.
    api_settings: Mapping[str, AlarmSettings] = field(default_factory=dict)
    # Of every function of monitoring.yml, also those that this stage leaves out.
    stack_numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def log_level(self) -> str:
        return self.settings.log_level

    @property
    def log_retention_days(self) -> int:
        return self.settings.log_retention_days

    @property
    def error_retention_days(self) -> int:
        return self.settings.error_retention_days

    @property
    def is_local(self) -> bool:
        return is_local(self.name)

    @property
    def stack_name(self) -> str:
        return names.stack(self.service, self.suffix)

    @property
    def watched(self) -> tuple[Watched, ...]:
        """All that gets alarms, a row on a dashboard and a way to the collector."""
        return (*self.functions, *self.external_functions)

    @property
    def groups(self) -> tuple[tuple[Watched, ...], ...]:
        """``watched`` by stack: ``groups[0]`` is in the main stack, ``groups[1]`` in stack 2.

        There is always a first group; one that has lost its functions is empty.
        """
        groups: dict[int, list[Watched]] = {MAIN: []}
        for function in self.watched:
            groups.setdefault(
                self.stack_numbers.get(function.place or function.key, MAIN), []
            ).append(function)
        return tuple(tuple(groups.get(number, ())) for number in range(MAIN, max(groups) + 1))

    @property
    def called_functions(self) -> tuple[Notification, ...]:
        """Subscribed functions of this region: each takes calls only from whoever may call it."""
        functions = [
            notification for notification in self.notifications if notification.protocol == "lambda"
        ]
        return tuple(function for function in functions if function.place[0] == self.region)

    @property
    def people(self) -> tuple[Notification, ...]:
        """Who is told by the notifier, which the stage has for them."""
        return tuple(
            notification for notification in self.notifications if notification.is_explained
        )

    def function(self, key: str) -> Function | None:
        return next((function for function in self.functions if function.key == key), None)
