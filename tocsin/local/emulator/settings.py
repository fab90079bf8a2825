"""ministack's settings for a stage: all of them environment variables, read at import."""

from __future__ import annotations

from pathlib import Path

from tocsin.local.root_key import RootKey

SCRATCH = ("functions", "ministack", "s3", "tmp")
"""Folders of a stage's directory that hold only what a running stage needs."""


def settings(*, port: int, state: Path, account: str, region: str, root: RootKey) -> dict[str, str]:
    """Loopback only, IAM enforced, nothing kept outside ``state``, no Docker, no side doors."""
    return {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": account,
        "MINISTACK_REGION": region,
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": root.access_key_id,
        "AWS_SECRET_ACCESS_KEY": root.secret_access_key,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "PERSIST_STATE": "0",
        "STATE_DIR": str(state / "ministack"),
        "S3_DATA_DIR": str(state / "s3"),
        "TMPDIR": str(state / "tmp"),
        # A socket that does not exist: ministack then leaves Docker alone.
        "DOCKER_HOST": f"unix://{state / 'no-docker.sock'}",
    }
