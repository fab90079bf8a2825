"""An alarm of the local stage reaches people: by mail in the stage's folder, and by a webhook."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from tests.conftest import copy_project
from tests.e2e.conftest import Project, free_port
from tests.waiting import until

KEY = b"k" * 32
SECRET = "/shop/webhook"
ERRORS = "orders-error-rate-alarm-local"
REASON = "Threshold Crossed: 1 datapoint [50.0 (28/11/26 10:15:00)] was greater than (5.0)."


@dataclass
class Receiver:
    """Who is told by the webhook: what came, each with its headers."""

    port: int
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    made = Receiver(free_port())

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", made.port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Project]:
    root = copy_project(tmp_path_factory.mktemp("told") / "a project")
    project = Project(root, free_port())
    project.replace(
        "monitoring.yml",
        "notifications: []\n",
        "notifications:\n"
        "  - {protocol: email, endpoint: team@example.com}\n"
        f"  - {{protocol: webhook, endpoint: 'http://127.0.0.1:{receiver.port}/hook', "
        f"secret: 'ssm:{SECRET}', stages: [local]}}\n",
    )
    try:
        project.invoke("deploy", "--stage", "local", "--no-smoke-test")
        key = "whsec_" + base64.b64encode(KEY).decode()
        project.client("ssm").put_parameter(Name=SECRET, Value=key, Type="SecureString")
        yield project
    finally:
        project.invoke("local-stop", expect=None)


def mails(project: Project) -> list[EmailMessage]:
    folder = project.root / ".tocsin/local/mail"
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime)
    return [message_from_bytes(file.read_bytes(), policy=default) for file in files]  # type: ignore[misc]


def set_state(project: Project, state: str) -> None:
    project.client("cloudwatch").set_alarm_state(
        AlarmName=ERRORS, StateValue=state, StateReason=REASON
    )


def test_a_page_and_its_recovery_explain_themselves(told: Project, receiver: Receiver) -> None:
    for _ in range(3):
        told.client("lambda").invoke(
            FunctionName="orders-function-local", Payload=b'{"simulate": "error"}'
        )
    set_state(told, "ALARM")
    mail = until(lambda: next(iter(mails(told)), None))
    assert mail["Subject"].startswith("ALARM orders local: errors")
    text = mail.get_content()
    assert "orders on local fails" in text
    assert "3 times since" in text
    (body,) = until(lambda: receiver.bodies() or None)
    assert (body["action"], body["function"], body["raw"]) == ("trigger", "orders", None)
    headers, sent = receiver.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + sent
    expected = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"

    set_state(told, "OK")
    over = until(lambda: receiver.bodies()[1:] or None)[0]
    assert (over["action"], over["dedupKey"]) == ("resolve", body["dedupKey"])
    assert until(lambda: mails(told)[1:] or None)[0]["Subject"].startswith("OK orders local")


def test_the_drill_sees_each_channel_and_tells_nobody(told: Project, receiver: Receiver) -> None:
    before = len(mails(told)), len(receiver.got)
    done = told.invoke(
        "smoke-test", "--stage", "local", "--wiring", "--function", "orders", "--json", expect=None
    )
    checks = [json.loads(line) for line in done.stdout.splitlines()]
    confirmed = [check for check in checks if check["kind"] == "subscribers"]
    assert [check["result"] for check in confirmed] == ["passed", "passed"]
    assert [check["result"] for check in checks if check["kind"] == "page"] == ["passed"]
    assert [mail.as_string() for mail in mails(told)[before[0] :]] == []
    assert len(receiver.got) == before[1]


def test_a_notifier_that_cannot_start_is_no_page_lost(told: Project) -> None:
    before = len(mails(told))
    told.client("lambda").update_function_configuration(
        FunctionName="notifier-function-local", Handler="gone.handler"
    )
    set_state(told, "ALARM")

    def raw() -> list[str]:
        return [mail.get_content() for mail in mails(told)[before:]]

    text = until(lambda: next((text for text in raw() if "health-alarm-local" in text), None))
    assert "pages-topic-local" in json.dumps(json.loads(text)["requestPayload"])
