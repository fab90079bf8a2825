"""What CloudWatch Logs refuses as a filter pattern."""

from tocsin.exceptions import InputError


class InvalidPattern(InputError):
    """CloudWatch Logs answers "Invalid filter pattern"; the message says where and why."""
