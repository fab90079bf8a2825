"""The values of monitoring.yml that are more than a text or a number: their patterns and words."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from tocsin.config.notification import WORDS as NOTIFICATION_WORDS
from tocsin.config.permission import ACTION
from tocsin.config.scheduled_mute import MUTE_WORDS

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip


def _retention(days: int) -> int:
    if days not in LOG_RETENTION_DAYS:
        raise ValueError(f"one of {', '.join(map(str, LOG_RETENTION_DAYS))}")
    return days


def text_of(value: object) -> object:
    """A number or a boolean as the text that it stands for; what else it is, as it is."""
    # YAML reads `7` and `true` as number and boolean; in an environment both are text.
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def whole_number_of(value: object) -> object:
    """The whole number that a text or a decimal stands for where osls reads it; else as it is."""
    if not isinstance(value, str | float):
        return value
    from tocsin.config.osls_coercion import coerced

    number = coerced(value, {"type": "integer"})
    return int(number) if isinstance(number, float) and number.is_integer() else number


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
Memory = Annotated[int, BeforeValidator(whole_number_of), Field(ge=128, le=10_240)]
Timeout = Annotated[int, BeforeValidator(whole_number_of), Field(ge=1, le=900)]
Runbook = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Answer = Annotated[str, BeforeValidator(text_of), StringConstraints(pattern=ANSWER)]
RedactKey = Annotated[str, StringConstraints(pattern=REDACT_KEY)]
TopicKey = Annotated[str, StringConstraints(pattern=KEY)]
"""What encrypts the topics: a key that the stack makes, nothing, or a key that is there."""
DeployedName = Annotated[str, StringConstraints(pattern=DEPLOYED_NAME)]
LogGroup = Annotated[str, StringConstraints(pattern=LOG_GROUP)]
RetentionDays = Annotated[int, AfterValidator(_retention)]
