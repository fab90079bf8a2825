"""What only a deploy knows is named, and packaged without an account by what stands in for it."""

from dataclasses import replace

import pytest
import yaml

from tests.conftest import DEMO
from tocsin import config
from tocsin.config.osls_variables import LONGEST, of_account
from tocsin.config.permission import Permission
from tocsin.packaging.waiting_values import needs_account, waiting, without_account


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("${ssm:/shop/token}", ["${ssm:/shop/token}"]),
        ("a ${ssm:/a} b ${cf:net.Vpc} c", ["${ssm:/a}", "${cf:net.Vpc}"]),
        ("${ssm(eu-west-1, raw):/a}", ["${ssm(eu-west-1, raw):/a}"]),
        ("${ ssm : /a }", ["${ ssm : /a }"]),
        ("${s3:bucket/key}", ["${s3:bucket/key}"]),
        ("${aws:accountId}", ["${aws:accountId}"]),
        ("${ssm:/${sls:stage}/${env:X, 'a'}/b}", ["${ssm:/${sls:stage}/${env:X, 'a'}/b}"]),
        ("${ssm:/a, ${cf:b.C}}", ["${ssm:/a, ${cf:b.C}}"]),
        ("${aws:region} ${env:X} ${self:service} ${sls:stage} ${AWS::AccountId} ${Table.Arn}", []),
        ("${ssm:/never closed", []),
        ("$ssm:/a} ssm:/a", []),
        ("${ssm:" + "a" * LONGEST + "}", []),
    ],
)
def test_variables_whose_values_are_an_accounts(text, variables) -> None:
    assert [variable.text for variable in of_account(text)] == variables


def test_stand_ins_leave_yaml_what_it_was() -> None:
    service = 'a: "x ${ssm:/a/${sls:stage}/b, \'no\'}"\nb: [${cf:n.Vpc}, "${self:service}"]\n'
    assert needs_account(service)
    assert yaml.safe_load(without_account(service)) == {
        "a": "x waits-for-deploy:ssm:/a/sls:stage/bno",
        "b": ["waits-for-deploy:cf:n.Vpc", "${self:service}"],
    }
    assert not needs_account(without_account(service))
    assert without_account("a: ${self:service}") == "a: ${self:service}"


def test_a_stand_in_need_not_have_the_form_of_what_it_stands_for() -> None:
    service = "a: x\nconfigValidationMode: error\nlayers: ['{}']\n"
    known, waits = service.format("${self:custom.layer}"), service.format("${cf:net.Layer}")
    assert without_account(known) == known
    assert yaml.safe_load(without_account(waits)) == {
        "a": "x",
        "configValidationMode": "warn",
        "layers": ["waits-for-deploy:cf:net.Layer"],
    }


def test_each_value_that_waits_is_named() -> None:
    stage = config.load(DEMO, "dev")
    permission = Permission(
        actions=["s3:GetObject"], resources=[{"Fn::ImportValue": "files"}, "arn:aws:s3:::a"]
    )
    function = replace(
        stage.function("orders"),
        environment={"A": "${ssm:/a}", "B": {"Fn::ImportValue": "b"}, "C": "x{{resolve:ssm:c}}",
                     "D": {"Ref": "D"}, "E": "plain"},
        keys={"vpc": {"securityGroupIds": ["${cf:net.Group}"]}},
        events=({"sqs": {"arn": "${ssm:/queue}"}},),
        permissions=(permission,),
    )  # fmt: skip
    assert waiting(replace(stage, functions=(function,))) == [
        "orders environment.A (${ssm:/a})",
        "orders environment.B (Fn::ImportValue b)",
        "orders environment.C ({{resolve:ssm:c}})",
        "orders vpc.securityGroupIds.0 (${cf:net.Group})",
        "orders events.0.sqs.arn (${ssm:/queue})",
        "orders permissions.0.0 (Fn::ImportValue files)",
    ]


def test_the_demo_waits_for_nothing() -> None:
    assert waiting(config.load(DEMO, "dev")) == []
