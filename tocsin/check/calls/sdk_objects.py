"""What boto3's objects, and Powertools' that call AWS, give and need when code uses them.

https://boto3.amazonaws.com/v1/documentation/api/latest/guide/index.html
https://docs.powertools.aws.dev/lambda/python/latest/utilities/parameters/
https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tocsin.check.calls import sdk_models
from tocsin.check.calls.abstract_values import (
    ANYTHING,
    NOTHING,
    ImportedName,
    SdkMethod,
    SdkObject,
    Value,
    Values,
    WrittenText,
)
from tocsin.check.calls.iam_actions import Need, needs_of

_SESSIONS = ("boto3.Session", "boto3.session.Session")
# With one of these somebody else's rights are asked, or another service than AWS.
_OTHER_RIGHTS = frozenset(
    {
        "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "profile_name",
        "botocore_session", "endpoint_url", "boto3_client", "boto3_session", "boto_config",
        "boto3_resource_client",
    }
)  # fmt: skip
_POSITIONS = 2  # of boto3.client: the service and the region

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
_TRANSFERS = {
    "upload_file": ("PutObject",),
    "upload_fileobj": ("PutObject",),
    "download_file": ("GetObject",),
    "download_fileobj": ("GetObject",),
    "copy": ("CopyObject",),
}
_COLLECTIONS = ("all", "filter", "limit", "page_size", "pages")

_PARAMETERS = "aws_lambda_powertools.utilities.parameters."
_IDEMPOTENCY = "aws_lambda_powertools.utilities.idempotency."
# What is called, from the module on -> service and operations.
_POWERTOOLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "get_parameter": ("ssm", ("GetParameter",)),
    "get_parameters": ("ssm", ("GetParametersByPath",)),
    "set_parameter": ("ssm", ("PutParameter",)),
    "get_secret": ("secretsmanager", ("GetSecretValue",)),
    "set_secret": ("secretsmanager", ("PutSecretValue",)),
    "get_app_config": ("appconfigdata", ("StartConfigurationSession", "GetLatestConfiguration")),
    "SSMProvider().get": ("ssm", ("GetParameter",)),
    "SSMProvider().get_multiple": ("ssm", ("GetParametersByPath",)),
    "SecretsProvider().get": ("secretsmanager", ("GetSecretValue",)),
    "DynamoDBProvider().get": ("dynamodb", ("GetItem",)),
    "DynamoDBProvider().get_multiple": ("dynamodb", ("Query",)),
}
_PERSISTENCE = ("GetItem", "PutItem", "UpdateItem", "DeleteItem")


@dataclass(frozen=True)
class Arguments:
    """Of a call; ``is_open`` where ``*`` or ``**`` may add others."""

    positional: Sequence[Values] = ()
    named: Mapping[str, Values] | None = None
    is_open: bool = False

    def text(self, position: int, name: str) -> str:
        """An argument that is written out; empty where it is not."""
        given = (self.named or {}).get(name)
        if given is None and position < len(self.positional):
            given = self.positional[position]
        texts = [value.text for value in given or () if isinstance(value, WrittenText)]
        return texts[0] if given and len(given) == len(texts) == 1 else ""

    @property
    def changes_rights(self) -> bool:
        return self.is_open or not _OTHER_RIGHTS.isdisjoint(self.named or ())


@dataclass(frozen=True)
class CallOutcome:
    """What a call gives, and what it needs."""

    gives: Values = ANYTHING
    needs: tuple[Need, ...] = ()
    words: str = ""


def attribute(value: ImportedName | SdkObject, name: str) -> Values:
    """What ``value.name`` is."""
    if isinstance(value, ImportedName):
        return _one(ImportedName(f"{value.path}.{name}"))
    if value.kind == "resource":
        part = sdk_models.resource_part(value.service, value.part)
        if name in sdk_models.members(part, "hasMany"):
            return _one(SdkObject("collection", value.service, f"{value.part}/{name}"))
        if name == "meta":
            return _one(SdkObject("meta", value.service))
    if value.kind == "meta" and name == "client":
        return _one(SdkObject("client", value.service))
    return _one(SdkMethod(value, name))


def called_foreign(value: ImportedName, arguments: Arguments) -> CallOutcome:
    """A call of something that is not the project's."""
    if value.path in _SESSIONS:
        own = not arguments.changes_rights and not arguments.positional
        return CallOutcome(_one(SdkObject("session")) if own else ANYTHING)
    if value.path in ("boto3.client", "boto3.resource"):
        return _made(value.path.removeprefix("boto3."), arguments)
    if value.path.startswith((_PARAMETERS, _IDEMPOTENCY)):
        return _of_powertools(value.path, arguments)
    return CallOutcome(_one(ImportedName(f"{value.path}()")))


def called_method(method: SdkMethod, arguments: Arguments) -> CallOutcome:
    """A call of a method of one of boto3's objects."""
    receiver, name = method.receiver, method.name
    match receiver.kind:
        case "session" if name in ("client", "resource"):
            return _made(name, arguments)
        case "client":
            return _of_client(receiver, name, arguments)
        case "paginator" if name == "paginate":
            return _operation(receiver.service, receiver.part)
        case "waiter" if name == "wait":
            operation = sdk_models.waiters_operation(receiver.service, receiver.part)
            return _named(receiver.service, operation, f"waiter {receiver.part}")
        case "resource":
            return _of_resource(receiver, name)
        case "collection":
            return _of_collection(receiver, name)
        case "batch" if name in ("put_item", "delete_item"):
            return _named("dynamodb", "BatchWriteItem", f"batch_writer {name}", NOTHING)
    return CallOutcome()


def _made(kind: str, arguments: Arguments) -> CallOutcome:
    service = arguments.text(0, "service_name")
    if not service or arguments.changes_rights or len(arguments.positional) > _POSITIONS:
        return CallOutcome()
    return CallOutcome(_one(SdkObject(kind, service)))


def _of_client(client: SdkObject, name: str, arguments: Arguments) -> CallOutcome:
    service = client.service
    if name in ("get_paginator", "get_waiter"):
        is_paginator = name == "get_paginator"
        part = arguments.text(0, "operation_name" if is_paginator else "waiter_name")
        kind = "paginator" if is_paginator else "waiter"
        return CallOutcome(_one(SdkObject(kind, service, part)) if part else ANYTHING)
    if name == "generate_presigned_url":
        # Whoever follows it has the rights of whoever signed it, and no other.
        method = arguments.text(0, "ClientMethod")
        return _operation(service, method, f"generate_presigned_url of {method}")
    if service == "s3":
        if name == "generate_presigned_post":
            return _named(service, "PutObject", name)
        if name in _TRANSFERS:
            return _several(service, _TRANSFERS[name], name)
        if name in ("get_object", "head_object") and "VersionId" in (arguments.named or {}):
            return CallOutcome(needs=(("s3:GetObjectVersion",),), words=f"s3 {name} of a version")
    return _operation(service, name)


def _of_resource(resource: SdkObject, name: str) -> CallOutcome:
    service, part = resource.service, resource.part
    model = sdk_models.resource_part(service, part)
    words = f"{part or 'resource'}.{name}"
    if (service, part, name) == ("dynamodb", "Table", "batch_writer"):
        return CallOutcome(_one(SdkObject("batch", service)))
    if service == "s3" and name in _TRANSFERS and part in ("Bucket", "Object"):
        return _several(service, _TRANSFERS[name], words)
    if (action := sdk_models.members(model, "actions").get(name)) is not None:
        given = action.get("resource") or {}
        gives = ANYTHING
        if given and "[" not in str(given.get("path", "")) and not _has_list(given):
            gives = _one(SdkObject("resource", service, str(given.get("type"))))
        return _named(service, str(action.get("request", {}).get("operation", "")), words, gives)
    if (member := model.get("has", {}).get(name)) is not None:
        return CallOutcome(_one(SdkObject("resource", service, str(member["resource"]["type"]))))
    return CallOutcome()


def _has_list(given: Mapping[str, object]) -> bool:
    identifiers = given.get("identifiers")
    if not isinstance(identifiers, list):
        return False
    return any("[]" in str(identifier) for identifier in identifiers)


def _of_collection(collection: SdkObject, name: str) -> CallOutcome:
    part, _, members = collection.part.partition("/")
    owner = sdk_models.resource_part(collection.service, part)
    model = sdk_models.members(owner, "hasMany").get(members, {})
    words = f"{part or 'resource'}.{members}.{name}"
    if name in _COLLECTIONS:
        operation = str(model.get("request", {}).get("operation", ""))
        return _named(collection.service, operation, words, _one(collection))
    target = sdk_models.resource_part(collection.service, model.get("resource", {}).get("type", ""))
    action = sdk_models.members(target, "batchActions").get(name, {})
    return _named(collection.service, str(action.get("request", {}).get("operation", "")), words)


def _of_powertools(path: str, arguments: Arguments) -> CallOutcome:
    made = _one(ImportedName(f"{path}()"))
    if arguments.changes_rights:
        return CallOutcome()
    if path.startswith(_IDEMPOTENCY):
        if path.rpartition(".")[2] in ("idempotent", "idempotent_function"):
            stores = (arguments.named or {}).get("persistence_store", NOTHING)
            if all(_keeps_in_a_table(store) for store in stores) and stores:
                return _several("dynamodb", _PERSISTENCE, "idempotency", made)
        return CallOutcome(made)
    # Modules of Powertools' own may stand between: `parameters.ssm.get_parameter`.
    tail = path.removeprefix(_PARAMETERS)
    name = next((name for name in _POWERTOOLS if f".{tail}".endswith(f".{name}")), None)
    if name is None:
        return CallOutcome(made)
    known = _POWERTOOLS[name]
    return _several(*known, f"by Powertools' {name.replace('()', '')}")


def _keeps_in_a_table(store: Value) -> bool:
    return isinstance(store, ImportedName) and store.path.endswith("DynamoDBPersistenceLayer()")


def _operation(service: str, method: str, words: str = "") -> CallOutcome:
    return _named(service, sdk_models.operation_of(service, method), words or method)


def _named(service: str, operation: str, words: str, gives: Values = ANYTHING) -> CallOutcome:
    return _several(service, (operation,) if operation else (), words, gives)


def _several(
    service: str, operations: Sequence[str], words: str, gives: Values = ANYTHING
) -> CallOutcome:
    return CallOutcome(gives, tuple(_needs(service, operations)), f"{service} {words}")


def _needs(service: str, operations: Sequence[str]) -> Iterator[Need]:
    for operation in operations:
        yield from needs_of(service, operation)


def _one(value: Value) -> Values:
    return frozenset({value})
