"""How to reach the account a stage lives in: AWS, or the local stage.

Everything that calls AWS gets its clients here, so that the same code runs
against both.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tocsin.config import Stage
from tocsin.exceptions import TocsinError
from tocsin.typed_command import typed

if TYPE_CHECKING:
    import boto3

    from tocsin.local import LocalStage

# A person waits for these calls: fail in seconds, not in botocore's minutes.
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 65
MAX_ATTEMPTS = 3
# An invocation answers when the handler ends, which may take 15 minutes:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ANSWER_TIMEOUT_S = 900 + READ_TIMEOUT_S


class NoCredentials(TocsinError):
    """The stage is on AWS and nothing says who is calling."""


class NotDeployed(TocsinError):
    """The stage's stack does not exist."""


@dataclass(frozen=True)
class Account:
    """One account and region.

    ``environment`` leads a subprocess (osls) to the same place. ``local`` is the local stage that
    stands in for AWS, where one does.
    """

    region: str
    session: "boto3.Session"
    environment: Mapping[str, str]
    endpoint: str | None = None
    local: "LocalStage | None" = None
    _clients: dict[tuple[str, bool], Any] = field(default_factory=dict, compare=False)
    _making: threading.Lock = field(default_factory=threading.Lock, compare=False)

    def client(self, service: str, *, invoking: bool = False) -> Any:
        """A boto3 client, made once per service.

        One for ``invoking`` functions waits as long as they may take, and calls once: repeated
        behind the caller's back, every attempt would be an invocation more in the metrics.
        """
        with self._making:
            if (service, invoking) not in self._clients:
                self._clients[service, invoking] = with_exceptions(self._make(service, invoking))
            return self._clients[service, invoking]

    def _make(self, service: str, invoking: bool) -> Any:
        from botocore.config import Config

        # The stubs have an overload per service; which one is meant is only known by the caller.
        make: Any = self.session.client
        return make(
            service,
            endpoint_url=self.endpoint,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=ANSWER_TIMEOUT_S if invoking else READ_TIMEOUT_S,
                # Adaptive: where AWS throttles, what follows is slowed down before it is sent.
                retries={
                    "mode": "standard" if invoking else "adaptive",
                    "total_max_attempts": 1 if invoking else MAX_ATTEMPTS,
                },
                # What is between here and there forgets connections that are silent.
                tcp_keepalive=invoking,
                max_pool_connections=32,
                # The local stage is on loopback, where no HTTP_PROXY of the machine leads.
                proxies={} if self.endpoint else None,
            ),
        )


def with_exceptions(client: Any) -> Any:
    """``client``, its classes of exceptions made.

    botocore makes them when they are first asked for, and two threads that ask at once get two
    classes of one name: what one raises the other does not catch.
    """
    _ = client.exceptions
    return client


def of(root: Path, stage: Stage) -> Account:
    """The account of ``stage``.

    Raises:
        NoCredentials: a stage on AWS without credentials.
        LocalStageError: the local stage is not running.
    """
    if stage.is_local:
        return _local(root, stage)
    return _aws(stage)


def _local(root: Path, stage: Stage) -> Account:
    import boto3

    from tocsin.local import project

    running = project.running(root, stage.name)
    variables = {**running.environment(), "AWS_REGION": stage.region}
    session = boto3.Session(
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=stage.region,
    )
    return Account(stage.region, session, variables, running.endpoint, running)


def _aws(stage: Stage) -> Account:
    import boto3
    from botocore.exceptions import BotoCoreError

    session = boto3.Session(region_name=stage.region)
    try:
        credentials = session.get_credentials()
    except BotoCoreError as error:  # e.g. AWS_PROFILE names a profile that is not there
        raise NoCredentials(f"stage {stage.name} is on AWS: {error}") from error
    if credentials is None:
        raise NoCredentials(
            f"stage {stage.name} is on AWS and there are no credentials: set AWS_PROFILE or "
            "AWS_ACCESS_KEY_ID (without an account, use --stage local)"
        )
    return Account(stage.region, session, {"AWS_REGION": stage.region})


def outputs(account: Account, stage: Stage) -> dict[str, str]:
    """The stack's outputs by key.

    Raises:
        NotDeployed: there is no such stack in this account and region.
    """
    from botocore.exceptions import ClientError

    try:
        answer = account.client("cloudformation").describe_stacks(StackName=stage.stack_name)
    except ClientError as error:
        if "does not exist" in str(error):
            raise NotDeployed(
                f"stack {stage.stack_name} is not deployed in {stage.region}: "
                f"`{typed(f'deploy --stage {stage.name}')}`"
            ) from error
        raise
    return {
        output["OutputKey"]: output["OutputValue"]
        for output in answer["Stacks"][0].get("Outputs", [])
    }
