"""Calls of AWS that a function's role does not grant are found, and nothing else is."""

import ast
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DEMO, deep
from tocsin import config
from tocsin.check.call_rules import calls
from tocsin.check.calls import iam_actions
from tocsin.check.calls.abstract_values import Module
from tocsin.check.calls.grants import grants_of
from tocsin.check.calls.program_reading import CannotTell, sdk_calls
from tocsin.cloudformation.template import Template
from tocsin.packaging.artifact_paths import build_folder, function_artifact

STORE = """
import boto3
class Base:
    table = boto3.resource("dynamodb").Table("stock")
class Store(Base):
    def __init__(self, client=None):
        self.client = client or boto3.client("dynamodb")
    def save(self, item):
        self.client.put_item(Item=item)
    def all(self):
        return self.client.scan()
    @property
    def queue(self):
        return boto3.resource("sqs").Queue("url")
    def of(self, key):
        return self.table.get_item(Key=key)
"""
CLIENTS = """
import boto3
from functools import cache
s3 = boto3.client("s3")
_client = None
@cache
def client(name="sns"):
    return boto3.client("sns")
def lazily():
    global _client
    if _client is None:
        _client = boto3.session.Session().client("sqs", region_name="eu-west-1")
    return _client
def unused():
    s3.delete_bucket()
"""


def _needs(text: str, handler: str = "handler", **others: str) -> set[str]:
    """What the code needs, alternatives joined by `|`."""
    files = {"handler": text, "store": STORE, "clients": CLIENTS, **others}

    def find(name: str) -> Module | None:
        found = files.get(name)
        return None if found is None else Module(name, "", f"{name}.py", ast.parse(found))

    return {"|".join(call.need) for call in sdk_calls(find, "handler", handler)}


def _handler(body: str, before: str = "import boto3") -> str:
    return f"{before}\ndef handler(event, context):\n    {body}\n"


WAYS = {
    # How a client is come by.
    "in one line": (_handler('boto3.client("s3").put_object()'), {"s3:PutObject"}),
    "at the top": (
        _handler("s3.get_object()", 'import boto3 as aws\ns3 = aws.client(service_name="s3")'),
        {"s3:GetObject"},
    ),
    "by its own name": (
        _handler('client("ssm").get_parameters()', "from boto3 import client"),
        {"ssm:GetParameters"},
    ),
    "of a session": (
        _handler("boto3.Session().resource('sqs').Queue('u').send_message()"),
        {"sqs:SendMessage"},
    ),
    "of another module": (_handler("clients.s3.list_objects_v2()", "import clients"),
                          {"s3:ListBucket"}),
    "taken from another module": (_handler("files.head_object()",
                                           "from clients import s3 as files"), {"s3:GetObject"}),
    "of a function": (_handler("client().publish()", "from clients import *"), {"sns:Publish"}),
    "made when it is wanted": (_handler("lazily().purge_queue()", "from clients import lazily"),
                               {"sqs:PurgeQueue"}),
    "imported in the function": (
        "def handler(event, context):\n    import boto3\n    boto3.client('kms').decrypt()",
        {"kms:Decrypt"},
    ),
    "an attribute of an object": (_handler("Store().save(1)", "from store import Store"),
                                  {"dynamodb:PutItem"}),
    "of a class it is made of": (_handler("Store().of(1)", "from store import Store"),
                                 {"dynamodb:GetItem"}),
    "a property": (_handler("Store().queue.purge()", "from store import Store"),
                   {"sqs:PurgeQueue"}),
    "handed to a function": (
        "import boto3\ndef put(where, what):\n    where.put_item(Item=what)\n"
        + _handler("put(what={}, where=boto3.resource('dynamodb').Table('t'))", ""),
        {"dynamodb:PutItem"},
    ),
    "a field of a dataclass": (
        "import boto3\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Shop:\n    bus: object\n"
        "    def tell(self):\n        self.bus.put_events()\n"
        + _handler("Shop(bus=boto3.client('events')).tell()", ""),
        {"events:PutEvents"},
    ),
    "in a loop over some": (
        _handler("for client in (boto3.client('s3'),):\n        client.delete_objects()"),
        {"s3:DeleteObject"},
    ),
    "of a context manager": (
        "import boto3\nfrom contextlib import contextmanager\n@contextmanager\ndef opened():\n"
        "    yield boto3.client('firehose')\n"
        + _handler("with opened() as stream:\n        stream.put_record_batch()", ""),
        {"firehose:PutRecordBatch"},
    ),
    # What is called.
    "uploads": (_handler("boto3.client('s3').upload_file('a', 'b', 'c')"), {"s3:PutObject"}),
    "downloads": (_handler("boto3.resource('s3').Bucket('b').download_file('k', 'f')"),
                  {"s3:GetObject"}),
    "copies": (_handler("boto3.client('s3').copy_object()"), {"s3:GetObject", "s3:PutObject"}),
    "a version": (_handler("boto3.client('s3').get_object(VersionId='1')"),
                  {"s3:GetObjectVersion"}),
    "a page at a time": (
        _handler("boto3.client('s3').get_paginator('list_objects_v2').paginate()"),
        {"s3:ListBucket"},
    ),
    "waits": (
        _handler("w = boto3.client('dynamodb').get_waiter('table_exists')\n    w.wait()"),
        {"dynamodb:DescribeTable"},
    ),
    "signs a link": (
        _handler("boto3.client('s3').generate_presigned_url('get_object', Params={})"),
        {"s3:GetObject"},
    ),
    "a batch": (
        _handler("with boto3.resource('dynamodb').Table('t').batch_writer() as batch:\n"
                 "        batch.put_item(Item={})"),
        {"dynamodb:BatchWriteItem"},
    ),
    "a collection": (
        _handler("boto3.resource('s3').Bucket('b').objects.filter(Prefix='x').delete()"),
        {"s3:DeleteObject", "s3:ListBucket"},
    ),
    "the client of a resource": (
        _handler("boto3.resource('s3').meta.client.list_object_versions()"),
        {"s3:ListBucketVersions"},
    ),
    "a transaction": (
        _handler("boto3.client('dynamodb').transact_write_items()"),
        {"dynamodb:PutItem|dynamodb:UpdateItem|dynamodb:DeleteItem|dynamodb:ConditionCheckItem"},
    ),
    "another function": (_handler("boto3.client('lambda').invoke()"), {"lambda:InvokeFunction"}),
    "who am I": (_handler("boto3.client('sts').get_caller_identity()"), set()),
    "a user's own sign-in": (_handler("boto3.client('cognito-idp').initiate_auth()"), set()),
    # Powertools.
    "a parameter": (
        _handler("parameters.get_parameter('/x')",
                 "from aws_lambda_powertools.utilities import parameters"),
        {"ssm:GetParameter"},
    ),
    "a secret": (
        _handler("get_secret('x')",
                 "from aws_lambda_powertools.utilities.parameters import get_secret"),
        {"secretsmanager:GetSecretValue"},
    ),
    "a provider": (
        _handler("p.get('x')", "from aws_lambda_powertools.utilities import parameters\n"
                 "p = parameters.DynamoDBProvider(table_name='t')"),
        {"dynamodb:GetItem"},
    ),
    "once only": (
        "from aws_lambda_powertools.utilities.idempotency import (\n"
        "    DynamoDBPersistenceLayer, IdempotencyConfig, idempotent)\n"
        "layer = DynamoDBPersistenceLayer(table_name='t')\n"
        "@idempotent(config=IdempotencyConfig(), persistence_store=layer)"
        + _handler("pass", ""),
        {f"dynamodb:{action}Item" for action in ("Get", "Put", "Update", "Delete")},
    ),
    "of each record": (
        "import boto3\n"
        "from aws_lambda_powertools.utilities.batch import process_partial_response\n"
        "def one(record):\n    boto3.client('s3').put_object()\n"
        + _handler("return process_partial_response(event, one, processor, context)", ""),
        {"s3:PutObject"},
    ),
    "of a route": (
        "import boto3\nfrom aws_lambda_powertools.event_handler import APIGatewayHttpResolver\n"
        "app = APIGatewayHttpResolver()\n"
        "@app.get('/x')\ndef x():\n    boto3.client('s3').get_object()\n"
        + _handler("return app.resolve(event, context)", ""),
        {"s3:GetObject"},
    ),
    "in a thread": (
        "import boto3\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "def one(key):\n    boto3.client('s3').get_object()\n"
        + _handler("ThreadPoolExecutor().map(one, event)", ""),
        {"s3:GetObject"},
    ),
    "behind a decorator of its own": (
        "import boto3\ndef retried(times):\n    def decorate(function):\n"
        "        def again(*args):\n            return function(*args)\n"
        "        return again\n    return decorate\n"
        "@retried(3)\ndef save(x):\n    boto3.client('s3').put_object()\n"
        + _handler("save(1)", ""),
        {"s3:PutObject"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "needs"), WAYS.values(), ids=WAYS)
def test_what_code_calls_is_what_it_needs(text, needs) -> None:
    assert _needs(text) == needs


CANNOT_BE_KNOWN = {
    "never called": _handler("pass", "from clients import unused\nfrom store import Store"),
    "not called with a client": _handler("event['client'].put_object()"),
    "which service": _handler("boto3.client(event['service']).put_object()"),
    "a stranger's function": _handler("make('s3').put_object()", "from elsewhere import make"),
    "another role's keys": _handler("boto3.client('s3', aws_access_key_id='x').put_object()"),
    "a profile": _handler("boto3.Session(profile_name='x').client('s3').put_object()"),
    "given somewhere": _handler("boto3.client('s3', **event).put_object()"),
    "another host": _handler("boto3.client('s3', endpoint_url='http://minio').put_object()"),
    "either of two": _handler("c = boto3.client('s3')\n    c = event\n    c.put_object()"),
    "no operation": _handler("boto3.client('s3').put_something()"),
    "no service": _handler("boto3.client('nothing').put_object()"),
    "started as a script": _handler("pass")
    + "if __name__ == '__main__':\n    boto3.client('s3').put_object()\n",
    "for type checkers": _handler("pass", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
                                  "    import boto3\n    boto3.client('s3').put_object()"),
    "a name of its own": _handler("boto3.client('s3').put_object()", "from mine import boto3"),
    "a parameter of the same name": (
        "import boto3\ns3 = boto3.client('s3')\ndef put(s3):\n    s3.put_object()\n"
        + _handler("put(event)", "")
    ),
    "a class of somebody else's": (
        "import boto3\nfrom elsewhere import Base\nclass Store(Base):\n"
        "    def put(self):\n        self.client.put_object()\n" + _handler("Store().put()", "")
    ),
    "another provider's client": _handler(
        "SSMProvider(boto3_client=event).get('x')",
        "from aws_lambda_powertools.utilities.parameters import SSMProvider",
    ),
    "unpacked": _handler("a, b = boto3.client('s3'), 1\n    a.put_object()"),
}  # fmt: skip


@pytest.mark.parametrize("text", CANNOT_BE_KNOWN.values(), ids=CANNOT_BE_KNOWN)
def test_nothing_is_said_of_what_cannot_be_known(text) -> None:
    assert _needs(text) == set()


def test_code_that_runs_in_circles_ends() -> None:
    text = "class A(A): pass\ndef f(x=None):\n    return f(g(x))\ndef g(x):\n    return f(A())\n"
    assert _needs(text + "handler = lambda event, context: f(g)\n") == set()


def test_what_is_nested_too_deeply_is_left() -> None:
    deep = "import boto3\ndef handler(event, context):\n    return " + "[" * 60 + "]" * 60
    assert _needs(deep) == set()
    chain = ast.parse("import boto3\ndef handler(e, c):\n    pass\n")
    chain.body[1].body = [ast.Expr(_nested(5_000))]  # type: ignore[attr-defined]
    with pytest.raises(CannotTell):
        sdk_calls(lambda name: Module(name, "", "handler.py", chain), "handler", "handler")


def _nested(depth: int) -> ast.expr:
    found: ast.expr = ast.Constant(value=1)
    for _ in range(depth):
        found = ast.UnaryOp(op=ast.Not(), operand=found)
    return found


def _role(*statements: Any, **properties: Any) -> Template:
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": [*statements]}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy], **properties}}
    return Template({"Resources": {"Role": role}})


GETATT = {"Fn::GetAtt": ["Role", "Arn"]}
ALLOW = {"Effect": "Allow", "Resource": "*"}


@pytest.mark.parametrize(
    ("statement", "action", "granted"),
    [
        ({"Action": "s3:GetObject"}, "s3:GetObject", True),
        ({"Action": ["s3:PutObject"]}, "s3:GetObject", False),
        ({"Action": "S3:getobject"}, "s3:GetObject", True),
        ({"Action": "s3:Get*"}, "s3:GetObject", True),
        ({"Action": "s3:?etObject"}, "s3:GetObject", True),
        ({"Action": "s3:[G]etObject"}, "s3:GetObject", False),
        ({"Action": "*"}, "s3:GetObject", True),
        ({"NotAction": "iam:*"}, "s3:GetObject", True),
        ({"NotAction": ["s3:Get*"]}, "s3:GetObject", False),
        ({"Action": "s3:*", "Resource": "arn:aws:sqs:us-east-1:1:a"}, "s3:GetObject", False),
        ({"Action": "s3:*", "Resource": "arn:aws:s3:::bucket"}, "s3:GetObject", False),
        ({"Action": "s3:*", "Resource": "arn:aws:s3:::bucket"}, "s3:ListBucket", True),
        ({"Action": "s3:*", "Resource": "arn:aws:s3:::bucket/*"}, "s3:GetObject", True),
        ({"Action": "s3:*", "Resource": "arn:aws:s3:::*"}, "s3:GetObject", True),
        ({"Action": "s3:*", "Resource": {"Ref": "Bucket"}}, "s3:GetObject", True),
        ({"Action": "s3:*", "Resource": {"Fn::GetAtt": ["B", "Arn"]}}, "s3:GetObject", True),
        ({"Action": "s3:*", "Resource": {"Fn::Sub": "${B.Arn}/*"}}, "s3:GetObject", True),
        ({"Action": "s3:*", "Resource": {"Fn::Join": ["", ["arn:aws:s3:::", {"Ref": "B"}]]}},
         "s3:GetObject", True),  # the reference may have a slash
        ({"Action": "s3:*", "NotResource": "arn:aws:s3:::secret/*"}, "s3:GetObject", True),
    ],
)  # fmt: skip
def test_what_a_statement_grants(statement, action, granted) -> None:
    assert grants_of(GETATT, _role(ALLOW | statement)).allows(action) is granted


def test_a_denial_of_everything_counts_and_one_with_limits_does_not() -> None:
    allow = ALLOW | {"Action": "s3:*"}
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    assert not grants_of(GETATT, _role(allow, deny)).allows("s3:GetObject")
    limited = deny | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    assert grants_of(GETATT, _role(allow, limited)).allows("s3:GetObject")


def test_policies_beside_the_role_add_to_it() -> None:
    document = {"Statement": [ALLOW | {"Action": "s3:GetObject"}]}
    properties = {"Roles": [{"Ref": "Role"}], "PolicyDocument": document}
    beside = {"Type": "AWS::IAM::Policy", "Properties": properties}
    template = Template({"Resources": {**_role().resources, "Beside": beside}})
    assert grants_of(GETATT, template).allows("s3:GetObject")


@pytest.mark.parametrize(
    ("role", "template", "words"),
    [
        (GETATT, _role(ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnly"]), "policy/ReadOnly"),
        ("arn:aws:iam::1:role/given", _role(), "the role arn:aws:iam::1:role/given"),
        (GETATT, _role({"Fn::If": ["A", ALLOW, ALLOW]}), "a statement that CloudFormation"),
        (GETATT, _role(ALLOW | {"Action": [{"Ref": "Action"}]}), "a statement that CloudFormation"),
    ],
)
def test_what_cannot_be_read_is_named(role, template, words) -> None:
    (unread,) = grants_of(role, template).unread
    assert words in unread


def _findings(tmp_path: Path, text: str, role: Any = GETATT, **properties: Any) -> list[str]:
    source = tmp_path / "functions" / "orders"
    source.mkdir(parents=True)
    (source / "handler.py").write_text(text)
    stage = config.load(DEMO, "dev")
    function = replace(stage.function("orders"), source=source)
    archive = build_folder(tmp_path, stage) / function_artifact("orders")
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("handler.py", "")
    deployed = {"FunctionName": function.name, "Role": role}
    template = _role(ALLOW | {"Action": "s3:GetObject"}, **properties)
    resources = {**template.resources, "F": {"Type": "AWS::Lambda::Function",
                                             "Properties": deployed}}  # fmt: skip
    stage = replace(stage, functions=(function,))
    found = calls(tmp_path, stage, Template({"Resources": resources}))
    return [f"{finding.rule} {finding.message}" for finding in found]


TWO_CALLS = _handler("s3 = boto3.client('s3')\n    s3.get_object()\n    s3.put_object()")


def test_the_finding_names_the_line_and_the_right(tmp_path) -> None:
    (finding,) = _findings(tmp_path, TWO_CALLS)
    assert finding.startswith(
        "roles/call handler.py:5 calls s3 put_object, and its role grants no s3:PutObject: AWS "
        "refuses it, unless a policy of the resource itself grants it"
    )


def test_rights_that_may_come_from_elsewhere_are_said_to_be_unknown(tmp_path) -> None:
    (finding,) = _findings(tmp_path, TWO_CALLS, ManagedPolicyArns=["arn:aws:iam::aws:policy/X"])
    assert finding == (
        "roles/not-evaluated whether it may s3:PutObject (handler.py:5) is not evaluated here: "
        "it runs with the managed policy arn:aws:iam::aws:policy/X"
    )


@deep
def test_iam_has_every_action_that_is_named_here() -> None:
    """Fails where cfn-lint moves its list of actions, or IAM gives one another name."""
    assert [action for action in iam_actions._NAMED_HERE if not iam_actions.is_listed(action)] == []
    assert iam_actions.is_known(("ssm:GetParameter",))
    assert not iam_actions.is_known(("apigateway:CreateApiKey",))  # allowed by apigateway:POST
