"""The webhook's signature, by the example of the specification, and its body by its schema."""

import base64
import hashlib
import hmac

import pytest

from notifier.channel_secrets import KEPT_S, BadSecret, ChannelSecrets, SecretText
from notifier.channels import webhook

# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
KEY = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
ID, AT = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1649367553
BODY = b'{"email":"test@example.com","username":"test_user"}'
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()


def test_id_time_and_body_are_signed_by_every_key() -> None:
    made = webhook.headers(BODY, ID, AT, [webhook.key(KEY), webhook.key(OTHER)])
    first, second = made["webhook-signature"].split(" ")
    signed = f"{ID}.{AT}.".encode() + BODY
    for signature, text in ((first, KEY), (second, OTHER)):
        key = base64.b64decode(text.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        assert signature == f"v1,{expected}"
    assert (made["webhook-id"], made["webhook-timestamp"]) == (ID, str(AT))


@pytest.mark.parametrize("changed", ["body", "id", "time"])
def test_what_is_changed_has_another_signature(changed) -> None:
    body = BODY + b" " if changed == "body" else BODY
    message_id = ID + "x" if changed == "id" else ID
    at = AT + 1 if changed == "time" else AT
    keys = [webhook.key(KEY)]
    made = webhook.headers(body, message_id, at, keys)["webhook-signature"]
    assert made != webhook.headers(BODY, ID, AT, keys)["webhook-signature"]


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", "x" * 200])
def test_a_key_that_is_none_is_refused_and_not_repeated(text) -> None:
    with pytest.raises(webhook.BadKey) as refused:
        webhook.key(text)
    assert not text or text not in str(refused.value)


def test_a_secret_is_asked_for_once_until_it_is_old_or_refused() -> None:
    asked: list[tuple[str, str]] = []
    clock = [0.0]

    def fetch(service: str, name: str) -> str:
        asked.append((service, name))
        return f"value {len(asked)}\n"

    secrets = ChannelSecrets(fetch, lambda: clock[0])
    assert secrets.get("ssm:/shop/slack").reveal() == "value 1"
    assert secrets.get("ssm:/shop/slack").reveal() == "value 1"
    assert secrets.get("ssm:/shop/slack", fresh=True).reveal() == "value 2"
    clock[0] = KEPT_S + 1
    assert secrets.get("ssm:/shop/slack").reveal() == "value 3"
    assert set(asked) == {("ssm", "/shop/slack")}


def test_a_secret_shows_itself_to_nobody_who_only_looks() -> None:
    secret = SecretText("xoxb-secret")
    assert "xoxb" not in repr(secret)
    assert "xoxb" not in f"{secret}"
    with pytest.raises(BadSecret) as refused:
        SecretText('{"token": "xoxb-secret"').fields()
    assert "xoxb" not in str(refused.value)
