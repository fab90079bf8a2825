"""Every failure of a Lambda function recorded once, and the function never harmed.

    import errorlog

    @errorlog.record_errors              # outermost, so that it sees what the others raise
    @logger.inject_lambda_context
    @metrics.log_metrics
    def handler(event, context): ...

Importing this loads neither boto3 nor json nor traceback: a function that does not fail pays
for a try statement. Fields, guarantees and settings: docs/error-log.md.
"""

from errorlog.capture import capture_exception, record_item_errors
from errorlog.handler import record_errors

__all__ = ["capture_exception", "record_errors", "record_item_errors"]
