"""What an execution environment runs, as whom, and the variables it does so with."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class ConfiguredFunction:
    """A function as it is configured.

    ``environment`` holds the function's own variables, ``credentials`` the execution role's
    session, ``endpoint`` the stage's URL. ``timeout`` is in seconds. Paths are the unpacked
    ``/var/task``, ``/opt`` and ``/var/runtime``; ``scratch`` stands for ``/tmp``.
    """

    name: str
    arn: str
    version: str
    handler: str
    runtime: str
    memory_mb: int
    timeout: float
    region: str
    log_group: str
    endpoint: str
    task_root: Path
    opt: Path
    runtime_dir: Path
    scratch: Path
    environment: dict[str, str] = field(default_factory=dict)
    credentials: dict[str, str] = field(default_factory=dict)

    def variables(self, api_address: str, log_fd: int, log_stream: str) -> dict[str, str]:
        """The variables AWS documents, and nothing of the developer's own.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        nowhere = str(self.scratch / "no-aws-configuration")
        return {
            "PATH": f"{self.opt}/bin:/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "TMPDIR": str(self.scratch),
            "PYTHONPATH": os.pathsep.join(map(str, self._python_path())),
            # The SDK must not find the developer's profile or an instance role.
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
            **self.environment,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            **self.credentials,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{self.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": self.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": self.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
            "AWS_LAMBDA_RUNTIME_API": api_address,
            "LAMBDA_TASK_ROOT": str(self.task_root),
            "LAMBDA_RUNTIME_DIR": str(self.runtime_dir),
            "_HANDLER": self.handler,
            "_LAMBDA_TELEMETRY_LOG_FD": str(log_fd),
        }

    def _python_path(self) -> tuple[Path, ...]:
        """Layers, then AWS's own libraries; the task root comes before them, as the cwd."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        layers = self.opt / "python"
        return layers / "lib" / version / "site-packages", layers, self.runtime_dir
