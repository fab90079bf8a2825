"""The shape of monitoring.yml as written: what is optional there is optional here.

``resolve.py`` lays the levels over each other and gives complete values.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    create_model,
    model_validator,
)

from tocsin.alarms import API_KINDS, KINDS, AlarmSettings
from tocsin.config.field_types import (
    STACK_NAME,
    Answer,
    DeployedName,
    FunctionKey,
    FunctionName,
    Handler,
    LogGroup,
    Memory,
    Name,
    RedactKey,
    Region,
    RetentionDays,
    Runbook,
    Source,
    Suffix,
    Timeout,
    TopicKey,
    text_of,
)
from tocsin.config.notification import Notification, Owner
from tocsin.config.permission import Permission
from tocsin.config.scheduled_mute import ScheduledMute
from tocsin.config.variables import Environment
from tocsin.strict_model import StrictModel


def _partial(kind: type[AlarmSettings]) -> Any:
    """The same keys as ``kind``, every one optional: one level's override.

    Without validators across fields: those run on the resolved alarm, since
    two levels may each hold one half of a pair.
    """
    fields: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        constrained: Any = field.annotation
        for constraint in field.metadata:
            constrained = Annotated[constrained, constraint]
        fields[name] = (constrained | None, None)
    return create_model(f"{kind.__name__}Override", __base__=StrictModel, **fields)


class AlarmsAtOneLevel(StrictModel):
    """What is for all kinds; ``enabled: false`` turns all alarms of that level off."""

    enabled: bool | None = None


if TYPE_CHECKING:
    Alarms = AlarmsAtOneLevel
    StageAlarms = AlarmsAtOneLevel
else:
    Alarms = create_model(
        "Alarms",
        __base__=AlarmsAtOneLevel,
        __doc__="Alarm settings at one level: a key for each kind of the registry.",
        **{kind.field: (_partial(kind.settings) | None, None) for kind in KINDS.values()},
    )
    StageAlarms = create_model(
        "StageAlarms",
        __base__=Alarms,
        __doc__="The same where it holds for more than one function: also kinds that are of none.",
        **{
            kind.replace("-", "_"): (_partial(settings) | None, None)
            for kind, settings in API_KINDS.items()
        },
    )


class DrillEvents(StrictModel):
    """Events by which a function's own code succeeds and fails, any JSON; none is needed.

    A kind without an event is asked for by one that errorlog answers (docs/drill.md).
    """

    success: Any = None
    failure: Any = None
    slow: Any = None
    timeout: Any = None
    memory: Any = None
    exit: Any = None


class Drill(DrillEvents):
    """What holds for the drill of all functions: ``answer`` lets errorlog answer its events,
    ``notify`` has those who are told of alarms hear that a drill is held."""

    answer: bool | None = None
    notify: bool | None = None


class FunctionSettings(StrictModel):
    """One function as declared, or as overridden by a stage.

    What else osls knows of a function is kept as it is written; ``function_keys.py`` judges it.
    """

    model_config = ConfigDict(extra="allow")

    enabled: bool | None = None
    description: Annotated[str, StringConstraints(max_length=256)] | None = None
    # As deployed; without it, the key and the stage make the name.
    name: FunctionName | None = None
    handler: Handler | None = None
    # Where its code is; without it, functions/<key>, or where the handler's path leads to.
    source: Source | None = None
    memory: Memory | None = None
    memory_size: Memory | None = None
    timeout: Timeout | None = None
    # A number, or what gives one: a function of CloudFormation, a variable of osls.
    reserved_concurrency: Any = None
    # Who answers for it; notifications may be for owners.
    owner: Owner | None = None
    environment: Environment = Field(default_factory=dict)
    # Which answers the error log takes for failures; none where the list is empty.
    record_answers: list[Answer] | None = None
    # What calls it, as in serverless.yml: osls knows the forms and makes what they need.
    events: list[dict[str, Any]] | None = None
    permissions: list[Permission] | None = None
    alarms: Alarms = Alarms()
    drill: DrillEvents = DrillEvents()


class ExternalFunctions(StrictModel):
    """Functions that other stacks deploy: one by its name, or those that a list gives.

    The settings hold for each of them.
    """

    name: DeployedName | None = None
    prefix: DeployedName | None = None
    tag: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None
    value: Annotated[str, StringConstraints(max_length=256)] | None = None
    # Of a list, those that are none of ours or have an entry of their own.
    except_: list[DeployedName] = Field(default_factory=list, alias="except")
    # Without it all but `local`, where other stacks are not deployed.
    stages: list[str] | None = None
    timeout: Timeout | None = None
    owner: Owner | None = None
    log_group: LogGroup | None = None
    alarms: Alarms = Alarms()
    drill: DrillEvents = DrillEvents()

    @model_validator(mode="after")
    def _one_way_to_name_them(self) -> Self:
        given = [key for key in ("name", "prefix", "tag") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError("exactly one of name, prefix, tag (with value)")
        if (self.tag is None) != (self.value is None):
            raise ValueError("tag and value together")
        if self.log_group is not None and self.name is None:
            raise ValueError("logGroup beside a name only: of a list, each function has its own")
        return self


class AttachedFunctionSettings(StrictModel):
    """One function of a template that is attached to, by what its owner calls it."""

    enabled: bool | None = None
    # Where neither its template nor the account tells.
    name: DeployedName | None = None
    log_group: LogGroup | None = None
    # The folder that its handler is named from, for tests of failures.
    source: str = ""
    # Its handler is to be wrapped by errorlog.auto, without a line in its code.
    zero_code: bool = False
    alarms: Alarms = Alarms()
    drill: DrillEvents = DrillEvents()


class Attachment(StrictModel):
    """Functions that other tools deploy: where their template is, and what their stack is called.

    ``{stage}`` stands for the stage in ``template``, ``stack`` and the values of ``parameters``.
    """

    template: Annotated[str, StringConstraints(min_length=1, max_length=1_000)] | None = None
    stack: Annotated[str, StringConstraints(pattern=STACK_NAME)] | None = None
    stages: list[str] | None = None
    parameters: dict[str, Annotated[str, BeforeValidator(text_of)]] = Field(default_factory=dict)
    except_: list[str] = Field(default_factory=list, alias="except")
    alarms: Alarms = Alarms()
    functions: dict[str, AttachedFunctionSettings] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.template is None and self.stack is None:
            raise ValueError("template or stack, or both")
        return self


Paging = Literal["stage", "function"]
"""What pages: the stage as a whole, once, or each function by itself."""

Roles = Literal["function", "shared"]
"""Execution roles: one for each function, or one for all functions of a stack."""


class Rollback(StrictModel):
    """Whether CloudFormation undoes a deploy after which the stack's alarm goes to ALARM.

    Limits: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackConfiguration.html
    """

    enabled: bool | None = None
    # How long it still watches once everything is updated; 0: only while it updates.
    minutes: int | None = Field(default=None, ge=0, le=180)


class StageSettings(StrictModel):
    """One stage; everything here overrides the top of the file."""

    protected: bool = False
    region: Region | None = None
    paging: Paging | None = None
    roles: Roles | None = None
    rollback: Rollback = Rollback()
    runbook: Runbook | None = None
    topic_key: TopicKey | None = None
    # What the names of this stage's resources end with; the stage's name when absent.
    environment_suffix: Suffix | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    log_retention_days: RetentionDays = 7
    error_retention_days: int = Field(default=30, ge=1, le=3_650)
    environment: Environment = Field(default_factory=dict)
    alarms: StageAlarms = StageAlarms()
    drill: Drill = Drill()
    functions: dict[str, FunctionSettings] = Field(default_factory=dict)


class Redaction(StrictModel):
    """What the error log hides in events beyond its built-in patterns."""

    keys: list[RedactKey] = Field(default_factory=list)
    emails: bool = False


BugSeverity = Literal["page", "ticket", "none"]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class BugRule(StrictModel):
    """Whom to tell of some bugs: each pattern that is given, as in a shell, has to fit."""

    type: Pattern | None = None
    message: Pattern | None = None
    function: Pattern | None = None
    event: Literal["new", "regressed"] | None = None
    severity: BugSeverity

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if not (self.type or self.message or self.function):
            raise ValueError("a type, a message or a function (for all bugs: bugs.new)")
        return self


class BugSettings(StrictModel):
    """The memory of bugs. Of a new one, or one that is back, those are told who hear of tickets,
    or of pages; the first of the rules that fits decides."""

    enabled: bool = True
    new: BugSeverity = "ticket"
    regressed: BugSeverity = "ticket"
    severity: Annotated[list[BugRule], Field(max_length=100)] = Field(default_factory=list)


def _none_yet(value: object) -> object:
    """YAML reads a key whose entries were all deleted as null."""
    return {} if value is None else value


class Monitoring(StrictModel):
    """monitoring.yml, as written."""

    service: Annotated[Name, StringConstraints(max_length=50)]
    region: Region = "us-east-1"
    # Of functions that name none of their own.
    owner: Owner | None = None
    paging: Paging = "stage"
    roles: Roles = "function"
    rollback: Rollback = Rollback()
    runbook: Runbook = "docs/runbook.md"
    topic_key: TopicKey = "own"
    runtime: Literal["python3.11", "python3.12", "python3.13", "python3.14"] = "python3.11"
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    stages: dict[Suffix, StageSettings] = Field(min_length=1)
    alarms: StageAlarms = StageAlarms()
    notifications: list[Notification] = Field(default_factory=list)
    mute: list[ScheduledMute] = Field(default_factory=list)
    redaction: Redaction = Redaction()
    bugs: BugSettings = BugSettings()
    drill: Drill = Drill()
    # None at all before the first one, and where every function is another stack's.
    functions: Annotated[dict[FunctionKey, FunctionSettings], BeforeValidator(_none_yet)] = Field(
        default_factory=dict
    )
    external_functions: list[ExternalFunctions] = Field(default_factory=list)
    attach: list[Attachment] = Field(default_factory=list)
