"""Rights of monitoring.yml: on text, and on what CloudFormation puts together."""

import pytest
from pydantic import ValidationError

from tocsin.config.permission import Permission


@pytest.mark.parametrize(
    ("resource", "compiled"),
    [
        ("*", "*"),
        ("arn:aws:s3:::a-${sls:stage}/*", "arn:aws:s3:::a-t1/*"),
        ("arn:aws:sqs:${AWS::Region}:1:a", {"Fn::Sub": "arn:aws:sqs:${AWS::Region}:1:a"}),
        ("${ssm:/shop/table-arn}", "${ssm:/shop/table-arn}"),
        ({"Ref": "Topic"}, {"Ref": "Topic"}),
        ({"Fn::GetAtt": ["Table", "Arn"]}, {"Fn::GetAtt": ["Table", "Arn"]}),
        ({"Fn::Sub": "${Files.Arn}/${sls:stage}/*"}, {"Fn::Sub": "${Files.Arn}/t1/*"}),
        (
            {"Fn::Join": ["/", [{"Fn::ImportValue": "files-${sls:stage}"}, "*"]]},
            {"Fn::Join": ["/", [{"Fn::ImportValue": "files-t1"}, "*"]]},
        ),
    ],
)
def test_a_resource_as_it_is_compiled(resource, compiled) -> None:
    permission = Permission(actions=["s3:GetObject"], resources=[resource])
    assert permission.statement("t1")["Resource"] == [compiled]


@pytest.mark.parametrize(
    "resource", ["", "stock", "${AWS::Region}", 7, None, [], {}, {"Table": "Arn"},
                 {"Ref": "A", "Fn::Sub": "B"}]
)  # fmt: skip
def test_what_is_no_resource(resource) -> None:
    with pytest.raises(ValidationError, match="an ARN, "):
        Permission(actions=["s3:GetObject"], resources=[resource])
