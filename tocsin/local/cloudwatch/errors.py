"""The errors a CloudWatch operation answers with, as clients see them.

Codes and HTTP status are those of the API reference
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html and
each operation's own list).
"""

from __future__ import annotations


class ServiceError(Exception):
    """An error response.

    ``code`` is what clients show as ``Error.Code``; ``shape`` its name in the service model,
    by which SDKs choose the exception to raise.
    """

    code = "InternalServiceError"
    shape = "InternalServiceFault"
    namespace = "com.amazonaws.cloudwatch.v2010_08_01"
    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def body(self) -> dict[str, str]:
        """``__type`` with the shape and, where there is one, the message: JSON's and CBOR's."""
        told = {"message": self.message} if self.message else {}
        return {"__type": f"{self.namespace}#{self.shape}"} | told


class ValidationError(ServiceError):
    """A parameter is missing, malformed or out of its documented range."""

    code = "ValidationError"
    shape = "ValidationException"
    namespace = "com.amazon.coral.validate"
    status = 400


class InvalidParameterValue(ServiceError):
    """A parameter's value is well formed and not accepted."""

    code = "InvalidParameterValue"
    shape = "InvalidParameterValueException"
    status = 400


class InvalidParameterCombination(ServiceError):
    """Parameters that may not be given together, or that need each other."""

    code = "InvalidParameterCombination"
    shape = "InvalidParameterCombinationException"
    status = 400


class MissingParameter(ServiceError):
    """A required parameter is absent."""

    code = "MissingParameter"
    shape = "MissingRequiredParameterException"
    status = 400


class InvalidNextToken(ServiceError):
    """The paging token was not one of ours."""

    code = "InvalidNextToken"
    shape = "InvalidNextToken"
    status = 400


class InvalidFormat(ServiceError):
    """StateReasonData is not valid JSON."""

    code = "InvalidFormat"
    shape = "InvalidFormatFault"
    status = 400


class ResourceNotFound(ServiceError):
    """No alarm of that name. AWS answers it without a message."""

    code = "ResourceNotFound"
    shape = "ResourceNotFound"
    status = 404

    def __init__(self, message: str = "") -> None:
        super().__init__(message)


class ResourceNotFoundException(ServiceError):
    """No resource with that ARN (the tagging operations' spelling)."""

    code = "ResourceNotFoundException"
    shape = "ResourceNotFoundException"
    status = 404


class DashboardNotFound(ServiceError):
    """No dashboard of that name."""

    code = "ResourceNotFound"
    shape = "DashboardNotFoundError"
    status = 404


class DashboardInvalidInput(ServiceError):
    """The dashboard body is not valid JSON."""

    code = "InvalidParameterInput"
    shape = "DashboardInvalidInputError"
    status = 400


class InvalidAction(ServiceError):
    """The operation is not one this service answers."""

    code = "InvalidAction"
    shape = "InvalidAction"
    status = 400
