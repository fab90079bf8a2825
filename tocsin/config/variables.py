"""The variables that a function may be given, and those that are set for it."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from tocsin.config.field_types import text_of

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


def _variable(value: object) -> object:
    text = text_of(value)
    if text is not None and not isinstance(text, str | dict):
        raise ValueError("text, a number, or a CloudFormation function such as Ref or Fn::GetAtt")
    return text


def _reserved(environment: dict[str, Any]) -> dict[str, Any]:
    taken = sorted({*environment} & (RESERVED_ENVIRONMENT | LAMBDAS_ENVIRONMENT))
    if taken:
        raise ValueError(f"names other than {', '.join(taken)}, which are set for the function")
    return environment


Environment = Annotated[
    dict[str, Annotated[Any, BeforeValidator(_variable)]], AfterValidator(_reserved)
]
"""Texts, functions of CloudFormation that give one, and null where a lower level has it."""
