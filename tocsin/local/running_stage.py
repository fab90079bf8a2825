"""What is known of a local stage that runs: where it listens, whose key opens it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tocsin.local.root_key import RootKey

ACCOUNT = "000000000000"
REGION = "eu-west-1"


@dataclass(frozen=True)
class LocalStage:
    """A running stage. ``fresh`` tells whether this call started it.

    With ``full_speed`` functions have the machine's whole CPU and are not frozen between calls.
    """

    port: int
    pid: int
    instance: str
    state_dir: str
    root: RootKey
    account: str = ACCOUNT
    region: str = REGION
    fresh: bool = False
    full_speed: bool = False

    @property
    def endpoint(self) -> str:
        """Its URL. An IP, since the JavaScript SDK asks for bucket host names of a name."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_file(self) -> Path:
        """What the stage's process writes."""
        return Path(self.state_dir) / "stage.log"

    def environment(self) -> dict[str, str]:
        """The variables with which osls, the AWS CLI and boto3 talk to it, never to AWS.

        The credentials are those of the stage's root and mean nothing elsewhere; the
        configuration files named do not exist, so no profile of the developer's takes part.
        """
        nowhere = str(Path(self.state_dir) / "no-aws-configuration")
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            **self.root.environment(),
            # Not a session that the developer has in his environment.
            "AWS_SESSION_TOKEN": "",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
