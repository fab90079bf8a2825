"""As whom a record is written, wherever the keys come from."""

import datetime as dt
import json
import threading

import botocore.session
import pytest

from errorlog.dynamodb.credentials import CredentialChain
from errorlog.dynamodb.deadline import Deadline
from errorlog.dynamodb.failure import NotConfigured, TimedOut, Unreachable
from errorlog.dynamodb.fetched_credentials import RENEWED_BEFORE_S, FetchedCredentials
from errorlog.dynamodb.signing_keys import Credentials
from tests.unit.errorlog.dynamodb.servers import answering, hangs, serving

LONG_S = 60.0
ENDS = dt.datetime.now(dt.UTC) + dt.timedelta(hours=5)


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """``environment(AWS_ACCESS_KEY_ID=...)``: nothing but that says who we are."""

    def put(**variables):
        for name in (
            "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
            "AWS_SECURITY_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_WEB_IDENTITY_TOKEN_FILE",
        ):  # fmt: skip
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.setenv(name, str(tmp_path / "none"))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return put


def current(chain=None, wait_s=LONG_S, total_s=LONG_S):
    held = (chain or CredentialChain()).current(Deadline(wait_s, total_s))
    return held.access_key, held.secret_key, held.token


def served(access_key="AKIA", ends=ENDS, **changes):
    body = json.dumps(
        {
            "AccessKeyId": access_key,
            "SecretAccessKey": "secret",
            "Token": "token",
            "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        | changes
    ).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


KEYS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.mark.parametrize(
    "variables",
    [
        KEYS,
        KEYS | {"AWS_SESSION_TOKEN": "token"},
        KEYS | {"AWS_SECURITY_TOKEN": "older"},
        KEYS | {"AWS_SECURITY_TOKEN": "older", "AWS_SESSION_TOKEN": "token"},
        KEYS | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/"},
        KEYS | {"AWS_SESSION_TOKEN": ""},
    ],
)
def test_keys_of_the_environment_are_those_that_botocore_takes(environment, variables) -> None:
    environment(**variables)
    theirs = botocore.session.Session().get_credentials()
    assert current() == (theirs.access_key, theirs.secret_key, theirs.token or "")


def test_new_keys_of_the_environment_are_taken_up(environment) -> None:
    chain = CredentialChain()
    environment(**KEYS)
    assert current(chain)[0] == "AKIA"
    environment(**KEYS | {"AWS_ACCESS_KEY_ID": "ASIA"})
    assert current(chain)[0] == "ASIA"


class TestOfAContainer:
    """SnapStart: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html"""

    @pytest.fixture
    def at(self, environment):
        """``at(server)``: the keys are served there."""

        def put(server, **variables):
            url = f"{server.url}/2021-04-23/credentials?v=1"
            environment(AWS_CONTAINER_CREDENTIALS_FULL_URI=url, **variables)

        return put

    @pytest.mark.parametrize("by_file", [False, True], ids=["token", "token of a file"])
    def test_keys_are_fetched_with_the_token(self, at, tmp_path, by_file) -> None:
        (tmp_path / "token").write_text("Bearer xyz")
        token = (
            {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token")}
            if by_file
            else {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer xyz"}
        )
        with serving(answering(served())) as server:
            at(server, **token)
            assert current() == ("AKIA", "secret", "token")
        (request,) = server.requests
        first, *headers = request.decode().split("\r\n")
        assert first == "GET /2021-04-23/credentials?v=1 HTTP/1.1"
        assert "authorization: Bearer xyz" in headers
        assert f"host: 127.0.0.1:{server.port}" in headers

    def test_they_are_kept_until_shortly_before_they_end(self, at, monkeypatch) -> None:
        chain = CredentialChain()
        with serving(answering(served("first"), served("second"))) as server:
            at(server)
            assert [current(chain)[0] for _ in range(3)] == ["first"] * 3
            near = ENDS.timestamp() - RENEWED_BEFORE_S + 1
            monkeypatch.setattr("time.time", lambda: near)
            assert current(chain)[0] == "second"

    def test_those_that_have_not_ended_serve_where_none_can_be_fetched(
        self, at, monkeypatch
    ) -> None:
        chain = CredentialChain()
        with serving(answering(served())) as server:
            at(server)
            current(chain)
        near, over = ENDS.timestamp() - 1, ENDS.timestamp() + 1
        monkeypatch.setattr("time.time", lambda: near)
        assert current(chain)[0] == "AKIA"
        monkeypatch.setattr("time.time", lambda: over)
        with pytest.raises(Unreachable):
            current(chain)

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\xff",
            served(Expiration="tomorrow"),
            served(AccessKeyId=7),
        ],
    )
    def test_an_answer_without_keys_is_named(self, at, answer) -> None:
        with serving(answering(answer)) as server:
            at(server)
            with pytest.raises(Unreachable, match="Credentials: http://127"):
                current()

    def test_one_that_hangs_ends_at_the_deadline(self, at) -> None:
        with serving(hangs) as server:
            at(server)
            with pytest.raises(TimedOut):
                current(wait_s=0.05)

    @pytest.mark.parametrize(
        "host", ["example.com", "127.evil.example", "10.0.0.1", "169.254.169.254", "[fe80::1]"]
    )
    def test_the_token_is_shown_to_no_stranger(self, environment, host) -> None:
        environment(
            AWS_CONTAINER_CREDENTIALS_FULL_URI=f"http://{host}/",
            AWS_CONTAINER_AUTHORIZATION_TOKEN="hush",
        )
        with pytest.raises(NotConfigured, match="this machine or its container's agent only"):
            current()

    def test_a_token_with_a_line_break_begins_no_header(self, at) -> None:
        with serving(answering(served())) as server:
            at(server, AWS_CONTAINER_AUTHORIZATION_TOKEN="a\r\nx: y")
            with pytest.raises(NotConfigured, match="unprintable"):
                current()

    def test_a_token_file_that_is_not_there_is_named(self, at) -> None:
        with serving(answering(served())) as server:
            at(server, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="/no/such/file")
            with pytest.raises(NotConfigured, match="/no/such/file"):
                current()


class TestOfBotocore:
    def test_a_profile_is_found_by_it(self, environment, tmp_path) -> None:
        profiles = tmp_path / "profiles"
        profiles.write_text("[shop]\naws_access_key_id = AKIA\naws_secret_access_key = secret\n")
        environment(AWS_PROFILE="shop", AWS_SHARED_CREDENTIALS_FILE=str(profiles))
        assert current() == ("AKIA", "secret", "")

    def test_none_at_all_is_named(self, environment) -> None:
        environment()
        with pytest.raises(NotConfigured, match="NoCredentialsError"):
            current()

    def test_half_a_pair_is_named(self, environment) -> None:
        environment(AWS_ACCESS_KEY_ID="AKIA")
        with pytest.raises(NotConfigured, match="PartialCredentialsError"):
            current()

    def test_one_that_hangs_is_left_behind_and_serves_the_next(
        self, environment, monkeypatch
    ) -> None:
        release = threading.Event()

        def ask(chain):
            release.wait(LONG_S)
            return Credentials("late", "secret")

        monkeypatch.setattr(FetchedCredentials, "_ask_botocore", ask)
        environment()
        chain = CredentialChain()
        with pytest.raises(TimedOut, match=r"credentials: nothing came within 0\.05 s"):
            current(chain, total_s=0.05)
        release.set()
        monkeypatch.setattr(FetchedCredentials, "_ask_botocore", lambda chain: pytest.fail("asked"))
        assert current(chain)[0] == "late"


def test_a_key_that_would_begin_a_header_is_refused() -> None:
    with pytest.raises(NotConfigured, match="unprintable"):
        Credentials("AKIA", "secret", "token\r\nx: y")
