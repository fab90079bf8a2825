"""Why a request is refused: a code that every AWS service has a spelling of, and a sentence."""

from tocsin.local.errors import LocalStageError


class AccessRefused(LocalStageError):
    """A request's signature does not show that it may be answered.

    ``code`` is one of ``MissingAuthenticationToken``, ``IncompleteSignature``,
    ``UnsupportedSignature``, ``InvalidClientTokenId``, ``ExpiredTokenException``,
    ``SignatureDoesNotMatch``, ``RequestTimeTooSkewed``, ``RequestExpired``.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
