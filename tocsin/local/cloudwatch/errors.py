"""The errors a CloudWatch operation answers with, as clients see them.

Codes and HTTP status are those of the API reference
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html and
each operation's own list).
"""

from __future__ import annotations


class ServiceError(Exception):
    """An error response: ``code`` is what boto3 shows as ``Error.Code``."""

    code = "InternalServiceError"
    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ValidationError(ServiceError):
    """A parameter is missing, malformed or out of its documented range."""

    code = "ValidationError"
    status = 400


class InvalidParameterValue(ServiceError):
    """A parameter's value is well formed and not accepted."""

    code = "InvalidParameterValue"
    status = 400


class InvalidParameterCombination(ServiceError):
    """Parameters that may not be given together, or that need each other."""

    code = "InvalidParameterCombination"
    status = 400


class MissingParameter(ServiceError):
    """A required parameter is absent."""

    code = "MissingParameter"
    status = 400


class InvalidNextToken(ServiceError):
    """The paging token was not one of ours."""

    code = "InvalidNextToken"
    status = 400


class InvalidFormat(ServiceError):
    """StateReasonData is not valid JSON."""

    code = "InvalidFormat"
    status = 400


class ResourceNotFound(ServiceError):
    """No alarm (or dashboard) of that name."""

    code = "ResourceNotFound"
    status = 404


class ResourceNotFoundException(ServiceError):
    """No resource with that ARN (the tagging operations' spelling)."""

    code = "ResourceNotFoundException"
    status = 404


class DashboardInvalidInput(ServiceError):
    """The dashboard body is not valid JSON."""

    code = "InvalidParameterInput"
    status = 400


class LimitExceeded(ServiceError):
    """A quota of the service is used up."""

    code = "LimitExceeded"
    status = 400


class InvalidAction(ServiceError):
    """The operation is not one this service answers."""

    code = "InvalidAction"
    status = 400
