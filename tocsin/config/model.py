"""The shape of monitoring.yml as written: what is optional there is optional here.

``resolve.py`` lays the levels over each other and gives complete values.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    create_model,
    model_validator,
)

from tocsin.alarms import API_KINDS, KINDS, AlarmSettings
from tocsin.config.notification import WORDS as NOTIFICATION_WORDS
from tocsin.config.notification import Notification, Owner
from tocsin.config.permission import ACTION, Permission
from tocsin.config.scheduled_mute import MUTE_WORDS, ScheduledMute
from tocsin.strict_model import StrictModel

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip


def _retention(days: int) -> int:
    if days not in LOG_RETENTION_DAYS:
        raise ValueError(f"one of {', '.join(map(str, LOG_RETENTION_DAYS))}")
    return days


def _text(value: object) -> object:
    # YAML reads `7` and `true` as number and boolean; in an environment both are text.
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _variable(value: object) -> object:
    text = _text(value)
    if not isinstance(text, str | dict):
        raise ValueError("text, a number, or a CloudFormation function such as Ref or Fn::GetAtt")
    return text


def _reserved(environment: dict[str, Any]) -> dict[str, Any]:
    taken = sorted({*environment} & (RESERVED_ENVIRONMENT | LAMBDAS_ENVIRONMENT))
    if taken:
        raise ValueError(f"names other than {', '.join(taken)}, which are set for the function")
    return environment


# Set by the stack itself (serverless.yml.j2); a user's value would silently lose or break it.
RESERVED_ENVIRONMENT = frozenset(
    {
        "ERROR_LOG_DRILL_KEY",
        "ERROR_LOG_ANSWERS",
        "ERROR_LOG_TABLE",
        "ERROR_LOG_TTL_DAYS",
        "ERROR_LOG_REDACT_EMAILS",
        "ERROR_LOG_REDACT_KEYS",
        "STAGE",
        "RELEASE",
        "POWERTOOLS_SERVICE_NAME",
        "POWERTOOLS_METRICS_NAMESPACE",
    }
)

# Lambda refuses a function that sets one of these. Others with AWS_ in front, such as
# AWS_LAMBDA_EXEC_WRAPPER and AWS_XRAY_CONTEXT_MISSING, are there to be set.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
LAMBDAS_ENVIRONMENT = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)

# The words for a pattern stand beside it: a regular expression is no help in an error.
NAME = r"^[A-Za-z][A-Za-z0-9-]*$"
SUFFIX = r"^[a-z0-9][a-z0-9-]*$"
LONGEST_SUFFIX = 20
REGION = r"^[a-z]{2,4}(-[a-z]+)+-\d$"
FUNCTION_KEY = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
FUNCTION_NAME = r"^([A-Za-z0-9_-]|\$\{(sls:stage|opt:stage|self:provider\.stage|self:service)\})+$"
SOURCE = r"^[^/\x00][^\x00]*$"
ANSWER = r"^([45]xx|[45]\d\d|items)$"
REDACT_KEY = r"^[^,]+$"
KEY = r"^(own|none|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+)$"
DEPLOYED_NAME = r"^[A-Za-z0-9_-]{1,64}$"
STACK_NAME = r"^[A-Za-z][A-Za-z0-9{}-]{0,127}$"
LOG_GROUP = r"^[A-Za-z0-9_/.#-]{1,512}$"
PATTERN_WORDS = {
    NAME: "a name of letters, digits and hyphens that starts with a letter",
    SUFFIX: "lower-case letters, digits and hyphens",
    REGION: "a region such as us-east-1",
    FUNCTION_KEY: "a name of letters, digits, hyphens and underscores that starts with a letter or "
    "a digit",
    FUNCTION_NAME: "up to 64 letters, digits, hyphens and underscores, in which ${sls:stage}, "
    "${opt:stage}, ${self:provider.stage} and ${self:service} are filled in",
    SOURCE: "a folder of the project, such as services/shop",
    ANSWER: "5xx, 4xx, a status code such as 429, or items",
    REDACT_KEY: "a key pattern without a comma",
    ACTION: "an action by its whole name, such as dynamodb:GetItem",
    KEY: "own, none or the ARN of a KMS key (arn:aws:kms:...:key/...)",
    DEPLOYED_NAME: "a function's name as deployed: up to 64 letters, digits, hyphens, underscores",
    STACK_NAME: "a stack's name: letters, digits and hyphens; {stage} stands for the stage",
    LOG_GROUP: "the name of a log group, such as /aws/lambda/cart",
    **NOTIFICATION_WORDS,
    **MUTE_WORDS,
}

Name = Annotated[str, StringConstraints(pattern=NAME)]
Suffix = Annotated[str, StringConstraints(pattern=SUFFIX, max_length=LONGEST_SUFFIX)]
Region = Annotated[str, StringConstraints(pattern=REGION)]
FunctionKey = Annotated[str, StringConstraints(pattern=FUNCTION_KEY)]
FunctionName = Annotated[str, StringConstraints(pattern=FUNCTION_NAME)]
Source = Annotated[str, StringConstraints(pattern=SOURCE)]
Handler = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Memory = Annotated[int, Field(ge=128, le=10_240)]
Runbook = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Answer = Annotated[str, BeforeValidator(_text), StringConstraints(pattern=ANSWER)]
RedactKey = Annotated[str, StringConstraints(pattern=REDACT_KEY)]
TopicKey = Annotated[str, StringConstraints(pattern=KEY)]
"""What encrypts the topics: a key that the stack makes, nothing, or a key that is there."""
DeployedName = Annotated[str, StringConstraints(pattern=DEPLOYED_NAME)]
LogGroup = Annotated[str, StringConstraints(pattern=LOG_GROUP)]
Environment = Annotated[
    dict[str, Annotated[Any, BeforeValidator(_variable)]], AfterValidator(_reserved)
]
"""Texts, and functions of CloudFormation that give one."""
RetentionDays = Annotated[int, AfterValidator(_retention)]


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
    timeout: int | None = Field(default=None, ge=1, le=900)
    # A number, or a function of CloudFormation.
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
    timeout: int | None = Field(default=None, ge=1, le=900)
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
    parameters: dict[str, Annotated[str, BeforeValidator(_text)]] = Field(default_factory=dict)
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
