"""Rights: granted too widely, too narrowly, or to somebody else."""

from collections.abc import Iterator

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
from tocsin.check.template import listed

ROLE = "AWS::IAM::Role"
TOPIC_POLICY = "AWS::SNS::TopicPolicy"
PERMISSION = "AWS::Lambda::Permission"
STATEMENTS = ("PolicyDocument", "Statement")
TRUST = ("AssumeRolePolicyDocument", "Statement", 0)
STRANGER = "999999999999"


def _statements(resource: Resource) -> Iterator[tuple[str | int, ...]]:
    """The path of each statement of the resource's policies (not of the trust in it)."""
    for found in find(resource["Properties"], "PolicyDocument"):
        statements = get(resource["Properties"], (*found, "Statement"))
        for index in range(len(statements)):
            yield ("Properties", *found, "Statement", index)


for type_ in (ROLE, TOPIC_POLICY):

    @breaks(type_, "every action of the service")
    def every_action(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            service = listed(get(resource, path)["Action"])[0].partition(":")[0]
            yield put(resource, (*path, "Action"), f"{service}:*")

    @breaks(type_, "action added")
    def action_added(resource: Resource) -> Iterator[Resource]:
        others = {"dynamodb": "Scan", "logs": "DeleteLogStream", "sqs": "ReceiveMessage"}
        for path in _statements(resource):
            actions = listed(get(resource, path)["Action"])
            service = actions[0].partition(":")[0]
            more = f"{service}:{others.get(service, 'AddPermission')}"
            yield put(resource, (*path, "Action"), [*actions, more])

    @breaks(type_, "action dropped")
    def action_dropped(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            actions = listed(get(resource, path)["Action"])
            for each in actions if len(actions) > 1 else ():
                yield put(resource, (*path, "Action"), [name for name in actions if name != each])

    @breaks(type_, "statement dropped")
    def statement_dropped(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            yield drop(resource, path)

    @breaks(type_, "every resource")
    def every_resource(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            yield put(resource, (*path, "Resource"), "*")

    @breaks(type_, "a second resource")
    def second_resource(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            first = listed(get(resource, path)["Resource"])
            yield put(resource, (*path, "Resource"), [*first, f"arn:aws:sqs:*:{STRANGER}:other"])

    @breaks(type_, "denied instead of allowed")
    def denied(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            yield put(resource, (*path, "Effect"), "Deny")

    @breaks(type_, "all but the actions")
    def all_but(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            statement = dict(get(resource, path))
            statement["NotAction"] = statement.pop("Action")
            yield put(resource, path, statement)

    @breaks(type_, "condition dropped")
    def condition_dropped(resource: Resource) -> Iterator[Resource]:
        for path in _statements(resource):
            conditions = get(resource, path).get("Condition", {})
            for operator in conditions:
                yield put(
                    resource,
                    (*path, "Condition"),
                    {name: each for name, each in conditions.items() if name != operator},
                )
            if conditions:
                yield drop(resource, (*path, "Condition"))


breaks(ROLE, "trusts everybody")(setting(*TRUST, "Principal", to="*"))
breaks(ROLE, "trusts an account")(setting(*TRUST, "Principal", to={"AWS": STRANGER}))
breaks(ROLE, "trusts another service")(
    setting(*TRUST, "Principal", "Service", to="ec2.amazonaws.com")
)
breaks(ROLE, "trusts a second service")(
    setting(*TRUST, "Principal", "Service", to=["lambda.amazonaws.com", "ec2.amazonaws.com"])
)
breaks(ROLE, "does not tell of which stack")(dropping("Tags"))
breaks(ROLE, "tells another stack")(everywhere("Value", lambda each: STRANGER))
breaks(TOPIC_POLICY, "everybody may publish")(
    everywhere("Principal", lambda each: "*"),
)
breaks(TOPIC_POLICY, "another service may publish")(
    everywhere("Principal", lambda each: {"Service": "s3.amazonaws.com"}),
)
breaks(TOPIC_POLICY, "another account's alarms")(
    everywhere("aws:SourceAccount", lambda each: STRANGER)
)
breaks(TOPIC_POLICY, "of no topic")(setting("Topics", to=[]))
breaks(PERMISSION, "any source")(dropping("SourceArn"))
breaks(PERMISSION, "any account")(dropping("SourceAccount"))
breaks(PERMISSION, "another account")(setting("SourceAccount", to=STRANGER))
breaks(PERMISSION, "another service")(setting("Principal", to="s3.amazonaws.com"))
breaks(PERMISSION, "every action")(setting("Action", to="lambda:*"))
breaks(PERMISSION, "another function")(setting("FunctionName", to={"Ref": "OrdersLambdaFunction"}))


@breaks(ROLE, "managed policy attached")
def managed(role: Resource) -> Iterator[Resource]:
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    yield put(role, ("Properties", "ManagedPolicyArns"), [policy])
