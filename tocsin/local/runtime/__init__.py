"""Python functions on this machine under AWS's own runtime client.

``awslambdaric`` (the client that AWS's Python runtime ships) runs the handler in a process
of its own and speaks the Lambda Runtime API to us, so error payloads, the context object
and the runtime's log lines are AWS's by construction, not by imitation.
"""

from tocsin.local.runtime.environment import EndedInvocation, ExecutionEnvironment
from tocsin.local.runtime.function import ConfiguredFunction
from tocsin.local.runtime.log_pipe import LogEvent
from tocsin.local.runtime.log_writer import LogWriter
from tocsin.local.runtime.sandbox import Conditions

__all__ = [
    "Conditions",
    "ConfiguredFunction",
    "EndedInvocation",
    "ExecutionEnvironment",
    "LogEvent",
    "LogWriter",
]
