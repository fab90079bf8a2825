"""Which keys name a secret, and which values under them are one."""

import pytest

from errorlog.secret_keys import NONE, SECRET, STRONG, WEAK, KeyKind, kind_of
from errorlog.secret_values import is_opaque, is_secret, is_secret_number

NO_SECRETS = """
max_tokens tokenType prompt_tokens passwordChangedAt password_length author passenger compass
keyboard authorizer claims token_use auth_time cognito:username tokenizer secretName secretArn
apiKeyId keyId s3_key partition_key publicKey primaryKey cookieConsent sessionTimeout authority
secretary tokenCount cache_key key keys next_token pageToken password_policy token_endpoint passed
path tokens_per_minute spinner pinned shipping design president signal secret_version
""".split()  # noqa: SIM905


@pytest.mark.parametrize("key", NO_SECRETS)
def test_these_name_none(key) -> None:
    assert kind_of(key).strength == NONE


@pytest.mark.parametrize(
    ("key", "strength"),
    [
        ("password", STRONG), ("userPass", STRONG), ("MYSQL_PWD", STRONG), ("db_pass", STRONG),
        ("pin", STRONG), ("clientSecret", STRONG), ("token", SECRET), ("x-api-key", SECRET),
        ("Authorization", SECRET), ("OAuthToken", SECRET), ("AWSSecretAccessKey", STRONG),
        ("sig", WEAK), ("signature", WEAK), ("x" * 10_000 + "_password", STRONG), ("", NONE),
        ("contraseña", STRONG), ("пароль", STRONG), ("___", NONE), ("123", NONE),
    ],
)  # fmt: skip
def test_how_much_a_key_says(key, strength) -> None:
    assert kind_of(key).strength == strength


@pytest.mark.parametrize(
    ("strength", "value", "secret"),
    [
        (STRONG, "swordfish", True),
        (STRONG, "correct horse battery", True),
        (STRONG, "no stock", True),
        (STRONG, "ValueError", True),
        (STRONG, "is too short", False),
        (STRONG, "This field is required.", False),
        (STRONG, "********", False),
        (STRONG, "", False),
        (STRONG, "12", False),
        (STRONG, "1234", True),
        (STRONG, "must-be-Zq9!mine", True),
        (SECRET, "denied by policy", False),
        (SECRET, "Bearer a81fc2b97d", True),
        (SECRET, "bearer", False),
        (SECRET, "abc", True),
        (SECRET, "two of three parts", False),
        (WEAK, "Best regards, Ann", False),
        (WEAK, "a81fc2b97d5e", True),
        (WEAK, "sha256", False),
        (NONE, "a81fc2b97d5e", False),
    ],
)
def test_what_is_a_secret_below_it(strength, value, secret) -> None:
    assert is_secret(KeyKind(strength, 4), value) is secret


@pytest.mark.parametrize(
    ("key", "number", "secret"),
    [
        ("pin", 4711, True), ("otp", 918273, True), ("cvv", 123, True), ("pin", 3, False),
        ("tokens", 4096, False), ("max_tokens", 128000, False), ("token", 918273, True),
        ("pass", 41, False), ("password", 12345678, True), ("cardNumber", 4111111111111111, True),
        ("sessionCount", 10**9, False), ("pin", -4711, True), ("apples", 10**9, False),
    ],
)  # fmt: skip
def test_numbers(key, number, secret) -> None:
    assert is_secret_number(kind_of(key), number) is secret


@pytest.mark.parametrize(
    ("text", "opaque"),
    [
        ("a81fc2b9", True), ("Zq9!mine", True), ("hunter2", True), ("dXNlcjpwYXNzd29yZA", True),
        ("swordfish", False), ("getOrderById", False), ("2026-11-23", False),
        ("12:30:00.123", False),
        ("v1.24.3", False), ("sha256", False), ("a b1c2d3e4", False), ("abc1", False), ("", False),
        ("2026-11-23T12:00:00.123Z", False), ("900ms", False),
    ],
)  # fmt: skip
def test_what_looks_made_rather_than_written(text, opaque) -> None:
    assert is_opaque(text) is opaque
