"""Rights: granted too widely, too narrowly, or to somebody else."""

from collections.abc import Iterator

from tests.conftest import SHARED
from tests.mutations.edits import (
    Resource,
    breaks,
    drop,
    dropping,
    everywhere,
    find,
    get,
    put,
    setting,
)
from tocsin.json_values import as_list

ROLE = "AWS::IAM::Role"
ROLES = ("dev", SHARED)
TOPIC_POLICY = "AWS::SNS::TopicPolicy"
KEY = "AWS::KMS::Key"
PERMISSION = "AWS::Lambda::Permission"
STATEMENTS = ("PolicyDocument", "Statement")
TRUST = ("AssumeRolePolicyDocument", "Statement", 0)
STRANGER = "999999999999"


def _statements(resource: Resource) -> Iterator[tuple[str | int, ...]]:
    """The path of each statement of the resource's policies (not of the trust in it)."""
    for document in ("PolicyDocument", "KeyPolicy"):
        for found in find(resource["Properties"], document):
            statements = get(resource["Properties"], (*found, "Statement"))
            for index in range(len(statements)):
                yield ("Properties", *found, "Statement", index)


for type_, stages in ((ROLE, ROLES), (TOPIC_POLICY, ()), (KEY, ())):

    @breaks(type_, "every action of the service", *stages)
    def every_action(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            found = get(resource, path)["Action"]
            every = f"{as_list(found)[0].partition(':')[0]}:*"
            if found != every:
                yield put(resource, (*path, "Action"), every)

    @breaks(type_, "action added", *stages)
    def action_added(resource: Resource) -> Iterator[Resource]:
        others = {"dynamodb": "Scan", "logs": "DeleteLogStream", "sqs": "ReceiveMessage"}
        for path in _statements(resource):
            actions = as_list(get(resource, path)["Action"])
            service = actions[0].partition(":")[0]
            more = f"{service}:{others.get(service, 'AddPermission')}"
            yield put(resource, (*path, "Action"), [*actions, more])

    @breaks(type_, "action dropped", *stages)
    def action_dropped(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            actions = as_list(get(resource, path)["Action"])
            for action in actions if len(actions) > 1 else ():
                yield put(resource, (*path, "Action"), [name for name in actions if name != action])

    @breaks(type_, "statement dropped", *stages)
    def statement_dropped(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            yield drop(resource, path)

    @breaks(type_, "every resource", *stages)
    def every_resource(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            if get(resource, path)["Resource"] != "*":  # as in a key's policy: this key
                yield put(resource, (*path, "Resource"), "*")

    @breaks(type_, "a second resource", *stages)
    def second_resource(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            first = as_list(get(resource, path)["Resource"])
            yield put(resource, (*path, "Resource"), [*first, f"arn:aws:sqs:*:{STRANGER}:other"])

    @breaks(type_, "denied instead of allowed", *stages)
    def denied(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            yield put(resource, (*path, "Effect"), "Deny")

    @breaks(type_, "all but the actions", *stages)
    def all_but(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            statement = dict(get(resource, path))
            statement["NotAction"] = statement.pop("Action")
            yield put(resource, path, statement)

    @breaks(type_, "condition dropped", *stages)
    def condition_dropped(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            conditions = get(resource, path).get("Condition", {})
            for operator in conditions:
                yield put(
                    resource,
                    (*path, "Condition"),
                    {name: condition for name, condition in conditions.items() if name != operator},
                )
            if conditions:
                yield drop(resource, (*path, "Condition"))


breaks(ROLE, "trusts everybody", *ROLES)(setting(*TRUST, "Principal", to="*"))
breaks(ROLE, "trusts an account", *ROLES)(setting(*TRUST, "Principal", to={"AWS": STRANGER}))
breaks(ROLE, "trusts another service", *ROLES)(
    setting(*TRUST, "Principal", "Service", to="ec2.amazonaws.com")
)
breaks(ROLE, "trusts a second service", *ROLES)(
    setting(*TRUST, "Principal", "Service", to=["lambda.amazonaws.com", "ec2.amazonaws.com"])
)
breaks(KEY, "everybody may use it")(everywhere("Principal", lambda value: "*"))
breaks(KEY, "another service may use it")(
    everywhere("Service", lambda value: "s3.amazonaws.com"),
)
breaks(KEY, "another account's alarms")(everywhere("aws:SourceAccount", lambda value: STRANGER))
breaks(ROLE, "does not tell of which stack")(dropping("Tags"))
breaks(ROLE, "tells another stack")(everywhere("Value", lambda value: STRANGER))
breaks(TOPIC_POLICY, "everybody may publish")(
    everywhere("Principal", lambda value: "*"),
)
breaks(TOPIC_POLICY, "another service may publish")(
    everywhere("Principal", lambda value: {"Service": "s3.amazonaws.com"}),
)
breaks(TOPIC_POLICY, "another account's alarms")(
    everywhere("aws:SourceAccount", lambda value: STRANGER)
)
breaks(TOPIC_POLICY, "of no topic")(setting("Topics", to=[]))
breaks(PERMISSION, "any source")(dropping("SourceArn"))
breaks(PERMISSION, "any account")(dropping("SourceAccount"))
breaks(PERMISSION, "another account")(setting("SourceAccount", to=STRANGER))
breaks(PERMISSION, "another service")(setting("Principal", to="s3.amazonaws.com"))
breaks(PERMISSION, "every action")(setting("Action", to="lambda:*"))
breaks(PERMISSION, "another function")(setting("FunctionName", to={"Ref": "OrdersLambdaFunction"}))


@breaks(ROLE, "managed policy attached", *ROLES)
def managed(role: Resource) -> Iterator[Resource]:
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    yield put(role, ("Properties", "ManagedPolicyArns"), [policy])


@breaks(ROLE, "a resource less", *ROLES)
def resource_less(role: Resource) -> Iterator[Resource]:
    for path in _statements(role):
        resources = as_list(get(role, path)["Resource"])
        for resource in resources if len(resources) > 1 else ():
            yield put(role, (*path, "Resource"), [one for one in resources if one != resource])


@breaks(ROLE, "another's log", *ROLES)
def others_log(role: Resource) -> Iterator[Resource]:
    for path in _statements(role):
        resources = as_list(get(role, path)["Resource"])
        for function in ("Collector", "Payments"):
            log = {"Fn::GetAtt": [f"{function}LogGroup", "Arn"]}
            if as_list(get(role, path)["Action"])[0].startswith("logs:") and log not in resources:
                yield put(role, (*path, "Resource"), [*resources, log])


breaks(ROLE, "another name", SHARED)(setting("RoleName", to=f"other-role-{SHARED}"))
