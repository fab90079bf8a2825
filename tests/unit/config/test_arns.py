"""What is known of an ARN, however a template puts it together."""

import pytest

from tocsin.config.arns import arn_text, service_of


@pytest.mark.parametrize(
    ("value", "text", "service"),
    [
        ("arn:aws:sqs:us-east-1:1:jobs", "arn:aws:sqs:us-east-1:1:jobs", "sqs"),
        ({"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:1:t"}, "arn:*:sns:*:1:t", "sns"),
        ({"Fn::Sub": ["arn:aws:${s}:r:1:t", {"s": "sqs"}]}, "arn:aws:*:r:1:t", ""),
        ({"Fn::Sub": "arn:aws:sqs:r:1:${!kept}"}, "arn:aws:sqs:r:1:${kept}", "sqs"),
        ({"Fn::Sub": "arn:aws:sqs:r:1:${open"}, "arn:aws:sqs:r:1:*", "sqs"),
        ({"Fn::Join": [":", ["arn:aws:kinesis", {"Ref": "AWS::Region"}, "1", "stream/a"]]},
         "arn:aws:kinesis:*:1:stream/a", "kinesis"),
        ({"Fn::Join": ["", ["arn:aws:", {"Ref": "Service"}, ":r:1:x"]]}, "arn:aws:*:r:1:x", ""),
        ({"Fn::Join": [":", {"Ref": "Parts"}]}, "*", ""),
        ({"Fn::GetAtt": ["Jobs", "Arn"]}, "*", ""),
        ({"Ref": "Topic"}, "*", ""),
        ({"Fn::ImportValue": "x"}, "*", ""),
        ("jobs", "jobs", ""),
        ("", "", ""),
        ("arn:aws", "arn:aws", ""),
        (None, "*", ""),
        (7, "*", ""),
        ([], "*", ""),
    ],
)  # fmt: skip
def test_text_and_service(value, text, service) -> None:
    assert arn_text(value) == text
    assert service_of(value) == service
