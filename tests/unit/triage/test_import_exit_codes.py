"""How errors-import ends."""

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from tests.conftest import DEMO
from tocsin.cli.program import program

RECORD = {
    "errorId": "01FALLBACK",
    "timestamp": "2026-11-23T14:00:00.000Z",
    "functionName": "orders-function-dev",
    "errorType": "ValueError",
    "fingerprint": "v1:0f3c5a7e9b1d2c4f",
}
FALLBACK = json.dumps({"error_log_fallback": RECORD})
CUT = FALLBACK[:60]
# What a file has, and how errors-import ends: 1 where a record was not imported, 2 without any.
ENDS = [
    (FALLBACK, 0),
    (f"START\n{FALLBACK}\nEND\n", 0),
    (f"{FALLBACK}\n{FALLBACK}", 0),
    (f"{FALLBACK}\n{CUT}", 1),
    (CUT, 1),
    (FALLBACK.replace("01FALLBACK", "01REFUSED"), 1),
    (f"{FALLBACK}\n{FALLBACK.replace('01FALLBACK', '01REFUSED')}", 1),
    (f"{FALLBACK}\nfilter @message like error_log_fallback", 0),
    ("no error_log_fallback here", 2),
    ("START\nEND\n", 2),
    ("{}", 2),
    ("", 2),
]


def typed(*arguments: str) -> int:
    """The exit code of a task."""
    try:
        program.run(["inv", "--search-root", str(DEMO), *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize(("text", "exit_code"), ENDS)
def test_the_exit_code_says_whether_all_records_came(
    monkeypatch, capsys, tmp_path, text, exit_code, options
) -> None:
    def put_item(Item, **_):
        if Item["errorId"]["S"] == "01REFUSED":
            why = {"Code": "ValidationException", "Message": "no"}
            raise ClientError({"Error": why}, "PutItem")

    client = SimpleNamespace(
        exceptions=SimpleNamespace(
            ResourceNotFoundException=LookupError, ConditionalCheckFailedException=KeyError
        ),
        put_item=put_item,
    )
    account = SimpleNamespace(region="us-east-1", client=lambda _: client)
    monkeypatch.setattr("tocsin.aws.account.of", lambda *_: account)
    file = tmp_path / "log.txt"
    file.write_text(text)
    assert typed("errors-import", str(file), *options) == exit_code
    printed = capsys.readouterr()
    assert bool(printed.out) == (exit_code != 2)
    if exit_code == 2:
        assert printed.err.startswith(f"{file}: found no record in ")
