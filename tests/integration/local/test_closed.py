"""The stage is closed to web pages, over raw sockets: what a browser can be made to send.

Every attack asks for something that would be seen afterwards; at the end nothing is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.integration.local.conftest import REGION
from tests.waiting import PATIENCE_S
from tocsin.local import LocalStage, LocalStageError, RootKey, advance, processes, read

Aws = Callable[..., Any]
Deploy = Callable[..., Any]

CREATE = urlencode({"Action": "CreateTopic", "Name": "planted", "Version": "2010-03-31"})
FORM = "application/x-www-form-urlencoded"


def exchange(port: int, text: str) -> tuple[int, str]:
    """Status and whole answer of one request written out; 0 where the connection is just closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode())
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(65536):
                answer += part
    first = answer.split(b"\r\n")[0].split()
    return int(first[1]) if len(first) > 1 else 0, answer.decode(errors="replace")


def presigned(stage: LocalStage, key: str = "", secret: str = "", action: str = CREATE) -> str:
    """The path and query of a GET, signed by root where no key is given."""
    request = AWSRequest("GET", f"{stage.endpoint}/?{action}")
    held = Credentials(key or stage.root.access_key_id, secret or stage.root.secret_access_key)
    SigV4QueryAuth(held, "sns", REGION).add_auth(request)
    url = urlsplit(request.url)
    return f"{url.path}?{url.query}"


def signed(stage: LocalStage, method: str, path: str, body: str = "", service: str = "sns") -> str:
    """The header lines with which root signs a request."""
    request = AWSRequest(
        method, f"{stage.endpoint}{path}", data=body, headers={"Content-Type": FORM}
    )
    held = Credentials(stage.root.access_key_id, stage.root.secret_access_key)
    SigV4Auth(held, service, REGION).add_auth(request)
    return "".join(f"{name}: {value}\n" for name, value in request.headers.items())


ATTACKS = {
    # A page that guesses the key: nothing but the signature stands against what comes without
    # any header of a browser's.
    "presigned with a guessed key": "GET {guessed} HTTP/1.1\n{host}\n",
    "presigned with the account for a key": "GET {account} HTTP/1.1\n{host}\n",
    "unsigned form": "POST / HTTP/1.1\n{host}{form}",
    "unsigned text": "POST / HTTP/1.1\n{host}{plain}",
    "unsigned GET": "GET /?{create} HTTP/1.1\n{host}\n",
    "unsigned bucket": "PUT /planted HTTP/1.1\n{host}Content-Length: 0\n\n",
    "unsigned, named a link": "GET /?{create}&Action=Unsubscribe&Token=x HTTP/1.1\n{host}\n",
    "header with a guessed key": "POST / HTTP/1.1\n{host}{guessed_header}{form}",
    "the emulator's reset": "POST /_ministack/reset HTTP/1.1\n{host}Content-Length: 0\n\n",
    "the emulator's settings": "POST /_ministack/config HTTP/1.1\n{host}Content-Length: 2\n\n{{}}",
    "the emulator's reset, signed": (
        "POST /_ministack/reset HTTP/1.1\n{signed_reset}Content-Length: 0\n\n"
    ),
    "the clock, unsigned": (
        'POST /_tocsin/clock/advance HTTP/1.1\n{host}Content-Length: 15\n\n{{"seconds":3600}}'
    ),
    # A page that has, somehow, got a request that root signed.
    "foreign Origin": "GET {good} HTTP/1.1\n{host}Origin: https://evil.example\n\n",
    "Origin null": "GET {good} HTTP/1.1\n{host}Origin: null\n\n",
    "Origin of another port": "GET {good} HTTP/1.1\n{host}Origin: http://127.0.0.1:3000\n\n",
    "form of a foreign page": "POST / HTTP/1.1\n{signed}Origin: https://evil.example\n{form}",
    "text of a foreign page": "POST / HTTP/1.1\n{signed}Origin: https://evil.example\n{plain}",
    "a link or an image": "GET {good} HTTP/1.1\n{host}Sec-Fetch-Site: cross-site\n\n",
    "a page on another port": "GET {good} HTTP/1.1\n{host}Sec-Fetch-Site: same-site\n\n",
    "an old browser": "GET {good} HTTP/1.1\n{host}Referer: https://evil.example/\n\n",
    "DNS rebinding": "GET {good} HTTP/1.1\nHost: evil.example:{port}\n\n",
    "DNS rebinding to a name below localhost": "GET {good} HTTP/1.1\nHost: a.localhost:{port}\n\n",
    "Host of another port": "GET {good} HTTP/1.1\nHost: 127.0.0.1:1\n\n",
    "Host with a trailing dot": "GET {good} HTTP/1.1\nHost: localhost.:{port}\n\n",
    "Host of an address written short": "GET {good} HTTP/1.1\nHost: 127.1:{port}\n\n",
    "Host of every address": "GET {good} HTTP/1.1\nHost: 0.0.0.0:{port}\n\n",
    "Host mapped into IPv6": "GET {good} HTTP/1.1\nHost: [::ffff:127.0.0.1]:{port}\n\n",
    "Host without a port": "GET {good} HTTP/1.1\nHost: 127.0.0.1\n\n",
    "no Host": "GET {good} HTTP/1.1\n\n",
    "two Hosts": "GET {good} HTTP/1.1\n{host}Host: evil.example\n\n",
    "HTTP/1.0 without Host": "GET {good} HTTP/1.0\n\n",
    "absolute target": "GET http://evil.example{good} HTTP/1.1\n{host}\n",
    "absolute target, own": "GET http://127.0.0.1:{port}{good} HTTP/1.1\n{host}\n",
    "preflight": (
        "OPTIONS / HTTP/1.1\n{host}Origin: https://evil.example\n"
        "Access-Control-Request-Method: POST\nAccess-Control-Request-Private-Network: true\n\n"
    ),
    "preflight without Origin": (
        "OPTIONS /planted HTTP/1.1\n{host}Access-Control-Request-Method: PUT\n\n"
    ),
    "OPTIONS": "OPTIONS / HTTP/1.1\n{host}\n",
    "websocket": (
        "GET {good} HTTP/1.1\n{host}Upgrade: websocket\nConnection: Upgrade\n"
        "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\n"
        "Origin: https://evil.example\n\n"
    ),
    "websocket without Origin": (
        "GET {good} HTTP/1.1\n{host}Upgrade: websocket\nConnection: Upgrade\n"
        "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\n\n"
    ),
    "HEAD": "HEAD /planted HTTP/1.1\n{host}\n",
    "a bucket's policy form": (
        "POST /planted HTTP/1.1\n{host}Content-Type: multipart/form-data; boundary=b\n"
        "Content-Length: 7\n\n--b--\r\n"
    ),
    "a path that is encoded": "POST /%5Fministack/reset HTTP/1.1\n{host}Content-Length: 0\n\n",
    "a path with two slashes": "POST //_ministack/reset HTTP/1.1\n{host}Content-Length: 0\n\n",
    "a path beside a public one": (
        "PUT /_aws/lambda-url/../../planted HTTP/1.1\n{host}Content-Length: 0\n\n"
    ),
    "a public path with a target": (
        "POST /_aws/lambda-url//x HTTP/1.1\n{host}X-Amz-Target: AmazonSNS.CreateTopic\n{form}"
    ),
    "a public path with root's id": (
        "GET /_aws/execute-api/a/b?AWSAccessKeyId={root} HTTP/1.1\n{host}\n"
    ),
    "a public path with root's id, unsigned": (
        "GET /_aws/execute-api/a/b HTTP/1.1\n{host}"
        "Authorization: AWS4-HMAC-SHA256 Credential={root}/1/eu-west-1/lambda/aws4_request\n\n"
    ),
    "a header that is folded": "GET {good} HTTP/1.1\n{host}X: a\n Origin: null\nOrigin: null\n\n",
    "proxy's CONNECT": "CONNECT 127.0.0.1:{port} HTTP/1.1\n{host}\n",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_and_leaves_nothing(stage: LocalStage, aws: Aws, name: str) -> None:
    clock = read(stage).offset
    guessed = Credentials("test", "test")
    header = AWSRequest("POST", stage.endpoint, data=CREATE, headers={"Content-Type": FORM})
    SigV4Auth(guessed, "sns", REGION).add_auth(header)
    given = {
        "port": stage.port,
        "root": stage.root.access_key_id,
        "host": f"Host: 127.0.0.1:{stage.port}\n",
        "create": CREATE,
        "form": f"Content-Type: {FORM}\nContent-Length: {len(CREATE)}\n\n{CREATE}",
        "plain": f"Content-Type: text/plain\nContent-Length: {len(CREATE)}\n\n{CREATE}",
        "good": presigned(stage),
        "guessed": presigned(stage, "test", "test"),
        "account": presigned(stage, "000000000000", "test"),
        "guessed_header": f"Authorization: {header.headers['Authorization']}\n"
        f"X-Amz-Date: {header.headers['X-Amz-Date']}\n",
        "signed": f"Host: 127.0.0.1:{stage.port}\n" + signed(stage, "POST", "/", CREATE),
        "signed_reset": f"Host: 127.0.0.1:{stage.port}\n"
        + signed(stage, "POST", "/_ministack/reset"),
    }
    # One exchange a connection, so that its end is seen.
    text = ATTACKS[name].format(**given).replace(" HTTP/1.1\n", " HTTP/1.1\nConnection: close\n", 1)
    status, answer = exchange(stage.port, text)
    assert status in (400, 403), answer
    assert "access-control-" not in answer.lower()
    assert stage.root.secret_access_key not in answer
    topics = [topic["TopicArn"] for topic in aws("sns").list_topics()["Topics"]]
    assert not [arn for arn in topics if arn.endswith(":planted")]
    assert "planted" not in [bucket["Name"] for bucket in aws("s3").list_buckets()["Buckets"]]
    assert read(stage).offset == clock


PIPELINED = {
    "behind what anybody may ask": "GET /_tocsin/health HTTP/1.1\n{host}\n{bad}",
    "behind a signed one": "GET {meant} HTTP/1.1\n{host}\n{bad}",
    "behind a refused one": "GET {guessed} HTTP/1.1\n{host}\n{bad}",
    "in a body with two lengths": (
        "POST /_tocsin/health HTTP/1.1\n{host}Content-Length: 4\nTransfer-Encoding: chunked\n\n"
        "0\n\n{bad}"
    ),
    "in a body that is said to be shorter": (
        "PUT /_ministack/cfn-response/a HTTP/1.1\n{host}Content-Length: 2\n\n{{}}{bad}"
    ),
    "by an upgrade to HTTP/2": (
        "GET {guessed} HTTP/1.1\n{host}Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\n"
        "HTTP2-Settings: AAMAAABkAAQAAP__\n\n{bad}"
    ),
    "behind a target with a line end": "GET /_tocsin/health%0D%0AX: HTTP/1.1\n{host}\n{bad}",
}


@pytest.mark.parametrize("name", PIPELINED)
def test_what_comes_on_the_same_connection_is_judged_by_itself(
    stage: LocalStage, aws: Aws, name: str
) -> None:
    host = f"Host: 127.0.0.1:{stage.port}\n"
    listed = urlencode({"Action": "ListTopics", "Version": "2010-03-31"})
    given = {
        "host": host,
        "guessed": presigned(stage, "test", "test"),
        "meant": presigned(stage, action=listed),
        "bad": f"GET {presigned(stage)} HTTP/1.1\n{host}Origin: null\nConnection: close\n\n",
    }
    status, answer = exchange(stage.port, PIPELINED[name].format(**given))
    assert status != 101, answer
    assert "CreateTopicResult" not in answer
    topics = [topic["TopicArn"] for topic in aws("sns").list_topics()["Topics"]]
    assert not [arn for arn in topics if arn.endswith(":planted")]


def test_the_same_request_without_the_pages_part_in_it_passes(stage: LocalStage, aws: Aws) -> None:
    action = urlencode({"Action": "CreateTopic", "Name": "meant", "Version": "2010-03-31"})
    host = f"Host: 127.0.0.1:{stage.port}\nConnection: close\n\n"
    status, answer = exchange(stage.port, f"GET {presigned(stage, action=action)} HTTP/1.1\n{host}")
    assert status == 200, answer
    assert "access-control-" not in answer.lower()
    aws("sns").delete_topic(TopicArn=f"arn:aws:sns:{REGION}:000000000000:meant")


@pytest.mark.parametrize(
    ("service", "call", "unknown", "wrong"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId", "SignatureDoesNotMatch"),
        ("sqs", "list_queues", "InvalidClientTokenId", "SignatureDoesNotMatch"),
        ("cloudwatch", "list_metrics", "InvalidClientTokenId", "SignatureDoesNotMatch"),
        ("dynamodb", "list_tables", "UnrecognizedClientException", "InvalidSignatureException"),
        ("lambda", "list_functions", "UnrecognizedClientException", "InvalidSignatureException"),
        ("s3", "list_buckets", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
    ],
)
def test_a_key_that_is_not_the_stages_is_refused_in_the_words_of_the_service(
    stage: LocalStage, service: str, call: str, unknown: str, wrong: str
) -> None:
    def code(key: str, secret: str) -> str:
        client = boto3.client(
            service,
            endpoint_url=stage.endpoint,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )
        with pytest.raises(ClientError) as caught:
            getattr(client, call)()
        return str(caught.value.response["Error"]["Code"])

    for key in ("test", "000000000000", "123456789012", "AKIASOMEBODYELSE", "-"):
        assert code(key, "test") == unknown
    assert code(stage.root.access_key_id, "test") == wrong


def test_a_key_that_the_stage_gave_out_does_not_turn_its_clock(stage: LocalStage, aws: Aws) -> None:
    iam = aws("iam")
    iam.create_user(UserName="admin")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_user_policy(
        UserName="admin",
        PolicyName="all",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )
    key = iam.create_access_key(UserName="admin")["AccessKey"]
    theirs = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
    assert theirs.client("sts", endpoint_url=stage.endpoint).get_caller_identity()
    admin = replace(stage, root=RootKey(key["AccessKeyId"], key["SecretAccessKey"]))
    before = read(stage).offset
    with pytest.raises(LocalStageError, match="root key is needed"):
        advance(admin, 60)
    assert read(stage).offset == before


def test_a_function_does_not_get_the_root_key(stage: LocalStage, deploy: Deploy) -> None:
    code = "import os\ndef handler(event, context):\n    return dict(os.environ)\n"
    error, variables = deploy(code).invoke()
    assert error is None
    assert stage.root.secret_access_key not in variables.values()
    assert stage.root.access_key_id not in variables.values()


def test_a_functions_keys_cannot_be_made_from_its_name(stage: LocalStage, deploy: Deploy) -> None:
    code = (
        "import os\n"
        "def handler(event, context):\n"
        "    return [os.environ['AWS_ACCESS_KEY_ID'], os.environ['AWS_SECRET_ACCESS_KEY']]\n"
    )
    function = deploy(code)
    error, (key, secret) = function.invoke()
    assert error is None
    arns = [
        f"arn:aws:lambda:{REGION}:000000000000:function:{function.name}",
        f"arn:aws:iam::000000000000:role/{function.name}",
    ]
    guess = hashlib.sha256(":".join(arns).encode()).hexdigest()
    assert key != f"ASIA{guess[:16].upper()}"
    assert secret != hashlib.sha256(f"secret:{guess}".encode()).hexdigest()


ECHO = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'called'}\n"


@pytest.fixture(scope="module")
def path_of_url(aws: Aws) -> Callable[[Any, str], str]:
    def make(function: Any, auth: str) -> str:
        made = aws("lambda").create_function_url_config(
            FunctionName=function.name,
            AuthType=auth,
            Cors={"AllowOrigins": ["*"]},
        )
        name = urlsplit(made["FunctionUrl"])
        label = name.netloc.split(".")[0]
        return name.path if "lambda-url" in name.path else f"/_aws/lambda-url/{label}/"

    return make


def test_a_function_url_is_for_programs_and_not_for_pages(
    stage: LocalStage, deploy: Deploy, path_of_url: Callable[[Any, str], str]
) -> None:
    path = path_of_url(deploy(ECHO), "NONE")

    def get(more: str) -> tuple[int, str]:
        host = f"Host: localhost:{stage.port}\nConnection: close\n"
        return exchange(stage.port, f"GET {path} HTTP/1.1\n{host}{more}\n")

    status, answer = get("User-Agent: curl/8.5.0\nAccept: */*\n")
    assert (status, answer.rpartition("\r\n\r\n")[2]) == (200, "called")
    for more in (
        "Origin: https://evil.example\n",
        "Origin: null\n",
        "Sec-Fetch-Site: cross-site\n",
        "Referer: https://evil.example/\n",
    ):
        status, answer = get(more)
        assert status == 403, answer
        assert "called" not in answer
    status, answer = get(f"Origin: http://localhost:{stage.port}\n")
    assert status == 200
    assert "access-control-" not in answer.lower()


def test_a_function_url_that_wants_a_signature_gets_one(
    stage: LocalStage, deploy: Deploy, path_of_url: Callable[[Any, str], str]
) -> None:
    path = path_of_url(deploy(ECHO), "AWS_IAM")
    host = f"Host: 127.0.0.1:{stage.port}\nConnection: close\n"
    assert exchange(stage.port, f"GET {path} HTTP/1.1\n{host}\n")[0] == 403
    signing = signed(stage, "GET", path, service="lambda")
    status, answer = exchange(stage.port, f"GET {path} HTTP/1.1\n{host}{signing}\n")
    assert status == 200, answer
    worse = signing.replace("Signature=", "Signature=0")
    assert exchange(stage.port, f"GET {path} HTTP/1.1\n{host}{worse}\n")[0] == 403


RUNTIME_ATTACKS = {
    "fetching an event": "GET /2018-06-01/runtime/invocation/next HTTP/1.1\n{host}\n",
    "ending the environment": (
        "POST /2018-06-01/runtime/init/error HTTP/1.1\n{host}Content-Length: 2\n\n{{}}"
    ),
    "from a page": (
        "POST /2018-06-01/runtime/init/error HTTP/1.1\n{host}User-Agent: aws-lambda-python/3\n"
        "Origin: https://evil.example\nContent-Length: 2\n\n{{}}"
    ),
    "by a name": (
        "POST /2018-06-01/runtime/init/error HTTP/1.1\nHost: evil.example:{port}\n"
        "User-Agent: aws-lambda-python/3\nContent-Length: 2\n\n{{}}"
    ),
    "preflight": (
        "OPTIONS /2018-06-01/runtime/init/error HTTP/1.1\n{host}Origin: https://evil.example\n"
        "Access-Control-Request-Method: POST\nUser-Agent: aws-lambda-python/3\n\n"
    ),
}


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's /proc")
def test_the_runtime_api_of_a_function_is_closed_too(stage: LocalStage, deploy: Deploy) -> None:
    from tests.integration.local.test_stage import listening

    before = listening(processes.session(stage.pid))
    function = deploy("def handler(event, context):\n    return 1\n")
    assert function.invoke() == (None, 1)
    new = listening(processes.session(stage.pid)) - before
    assert new, "a warm function has a port"
    for _, port in new:
        for name, text in RUNTIME_ATTACKS.items():
            host = f"Host: 127.0.0.1:{port}\n"
            status, answer = exchange(port, text.format(host=host, port=port))
            assert status == 403, (name, answer)
            assert "access-control-" not in answer.lower()
    assert function.invoke() == (None, 1)


def test_the_record_of_the_key_is_for_its_owner_only(stage: LocalStage) -> None:
    record = Path(stage.state_dir) / "stage.json"
    assert record.stat().st_mode & 0o777 == 0o600
    held = json.loads(record.read_text())["root"]
    assert held == {
        "access_key_id": stage.root.access_key_id,
        "secret_access_key": stage.root.secret_access_key,
    }
    assert stage.root.secret_access_key not in repr(stage)
    assert stage.root.secret_access_key not in stage.log_file.read_text()
    assert stage.root.secret_access_key not in processes.command(stage.pid)


def test_whether_a_stage_is_there_is_no_secret(stage: LocalStage) -> None:
    with urllib.request.urlopen(f"{stage.endpoint}/_tocsin/health") as answer:  # noqa: S310
        assert set(json.load(answer)) == {"status", "instance", "pid", "cpu"}
