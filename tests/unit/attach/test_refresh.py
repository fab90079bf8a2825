"""attached.lock.json: from templates alone, from the account, and from what was known before."""

import json

import pytest
from botocore.exceptions import ClientError

from tocsin import config
from tocsin.attach import refresh
from tocsin.attach.proof import zero_code
from tocsin.attach.refresh import look
from tocsin.aws.account import NoCredentials
from tocsin.check.attachment_rules import attachments
from tocsin.config import ConfigError
from tocsin.config.attached_lock import ATTACHED_FILE, LOCAL_FILE, AttachedError
from tocsin.exceptions import InputError
from tocsin.findings import Severity

SLS = "{template: sls/package}"
SAM = "{template: sam/template.yaml, stack: 'orders-{stage}', parameters: {Stage: '{stage}'}}"
CDK = "{template: cdk.out, stack: shop-dev, stages: [dev]}"
PLAN = "{template: terraform/plan.json, stages: [dev]}"


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


class FakeAccount:
    """What CloudFormation and CloudWatch Logs answer, by stack and by name."""

    region = "us-east-1"

    def __init__(self) -> None:
        self.stacks: dict[str, dict[str, tuple[str, str]]] = {}
        self.templates: dict[str, object] = {}
        self.groups: list[str] = []

    def client(self, service):
        return self

    def get_paginator(self, operation):
        self.operation = operation
        return self

    def paginate(self, **request):
        if self.operation == "describe_log_groups":
            prefix = request.get("logGroupNamePrefix", "")
            return [
                {"logGroups": [{"logGroupName": name}]}
                for name in self.groups
                if name.startswith(prefix)
            ]
        if request["StackName"] not in self.stacks:
            message = f"Stack with id {request['StackName']} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "x")
        return [
            {
                "StackResourceSummaries": [
                    {
                        "LogicalResourceId": logical_id,
                        "ResourceType": kind,
                        "PhysicalResourceId": physical,
                        "ResourceStatus": "CREATE_COMPLETE",
                    }
                ]
            }
            for logical_id, (kind, physical) in self.stacks[request["StackName"]].items()
        ]

    def get_template(self, StackName, TemplateStage):
        return {"TemplateBody": self.templates[StackName]}

    def describe_stacks(self, StackName):
        return {"Stacks": [{"Parameters": []}]}


@pytest.fixture
def aws(monkeypatch):
    account = FakeAccount()
    monkeypatch.setattr(refresh.accounts, "of", lambda root, stage: account)
    return account


def refreshed(root, stage="dev"):
    notes = refresh.refresh(root, config.load(root, stage))
    return config.load(root, stage), notes


def names(stage):
    return [function.name for function in stage.external_functions]


FUNCTION = "AWS::Lambda::Function"


def test_names_that_a_template_has_are_used_without_an_account(watching) -> None:
    stage, notes = refreshed(watching(SLS))
    assert names(stage) == ["till-dev-charge", "till-dev-night-report", "till-dev-thumbs"]
    charge = stage.external_functions[0]
    assert (charge.label, charge.timeout, charge.memory) == ("charge", 20, 1024)
    assert charge.lacks == ("layer", "table", "permission", "handler")
    assert not charge.has_log_group
    assert stage.external_functions[1].lacks == ("layer", "table", "permission"), "it is decorated"
    assert stage.external_functions[2].lacks == (), "errorlog is Python's"
    assert notes[0] == "attached functions: 3 found, written to attached.lock.json"
    assert "no credentials" in notes[1]


def test_the_same_again_changes_nothing(watching) -> None:
    root = watching(SLS)
    refreshed(root)
    before = (root / ATTACHED_FILE).read_bytes()
    _, notes = refreshed(root)
    assert notes[0] == "attached functions: 3 found, as in attached.lock.json"
    assert (root / ATTACHED_FILE).read_bytes() == before


def test_the_lock_is_enough_where_the_template_is_not(watching) -> None:
    root = watching(SLS)
    expected = names(refreshed(root)[0])
    (root / "sls/package/cloudformation-template-update-stack.json").unlink()
    stage, notes = refreshed(root)
    assert names(stage) == expected
    assert any("watched as known from before: 3 functions" in note for note in notes)


def test_nothing_at_all_to_know_them_by_is_an_error(watching) -> None:
    root = watching("{template: nowhere.json}")
    with pytest.raises(InputError, match=r"attach\[0\]: found nothing to know its functions by"):
        refreshed(root)


def test_a_template_that_was_packaged_for_another_stage_is_not_used(watching) -> None:
    with pytest.raises(InputError, match="packaged for till-dev and not for prod"):
        refreshed(watching(SLS), "prod")


def test_functions_without_a_name_wait_for_their_first_deploy(watching) -> None:
    stage, notes = refreshed(watching(SAM))
    assert names(stage) == ["mail", "nightly-orders-dev-dev"]
    assert [entry.waiting for entry in stage.attachments] == [("Resize", "TakeOrder")]
    assert any("2 functions of orders-dev" in note and "first deploy" in note for note in notes)


def test_names_are_of_the_account_once_there_is_a_stack(watching, aws) -> None:
    aws.stacks["orders-dev"] = {
        "TakeOrder": (FUNCTION, "orders-dev-TakeOrder-1A2B"),
        "Resize": (FUNCTION, "orders-dev-Resize-3C4D"),
        "Nightly": (FUNCTION, "nightly-orders-dev-dev"),
    }
    aws.groups = ["/orders/nightly", "/aws/lambda/mail-of-another", "/aws/lambda/x"]
    stage, _ = refreshed(watching(SAM))
    seen = {
        function.label: (function.name, function.has_log_group)
        for function in stage.external_functions
    }
    assert seen == {
        "TakeOrder": ("orders-dev-TakeOrder-1A2B", False),
        "Resize": ("orders-dev-Resize-3C4D", False),
        "Nightly": ("nightly-orders-dev-dev", True),
        "Mail": ("mail", False),
    }


def test_names_of_the_account_are_kept_for_who_has_none(watching, aws, monkeypatch) -> None:
    aws.stacks["orders-dev"] = {"TakeOrder": (FUNCTION, "orders-dev-TakeOrder-1A2B")}
    aws.groups = ["/aws/lambda/orders-dev-TakeOrder-1A2B"]
    root = watching(SAM)
    expected = names(refreshed(root)[0])

    def refused(root, stage):
        raise NoCredentials("there are no credentials")

    monkeypatch.setattr(refresh.accounts, "of", refused)
    stage, _ = refreshed(root)
    assert names(stage) == expected
    taken = next(function for function in stage.external_functions if function.label == "TakeOrder")
    assert taken.has_log_group


@pytest.mark.parametrize("as_text", [False, True])
def test_a_deployed_stack_needs_no_template(watching, aws, as_text) -> None:
    aws.stacks["shop-dev"] = {
        "Cart": (FUNCTION, "shop-dev-Cart-X"),
        "Reports": ("AWS::CloudFormation::Stack", "arn:of:reports"),
    }
    aws.stacks["arn:of:reports"] = {"Weekly": (FUNCTION, "weekly-7")}
    properties = {"Runtime": "python3.12", "Handler": "cart.handler", "Timeout": 7}
    cart = {"Resources": {"Cart": {"Type": FUNCTION, "Properties": properties}}}
    aws.templates["shop-dev"] = json.dumps(cart) if as_text else cart
    aws.templates["arn:of:reports"] = {"Resources": {"Weekly": {"Type": FUNCTION}}}
    stage, _ = refreshed(watching("{stack: 'shop-{stage}'}"))
    seen = [
        (function.id, function.name, function.timeout, function.handler)
        for function in stage.external_functions
    ]
    assert seen == [
        ("Cart", "shop-dev-Cart-X", 7, "cart.handler"),
        ("Reports/Weekly", "weekly-7", 3, ""),
    ]


def test_a_stack_that_is_not_deployed_yet_has_no_functions(watching, aws) -> None:
    stage, notes = refreshed(watching("{stack: 'shop-{stage}'}"))
    assert names(stage) == []
    assert "shop-dev is not deployed yet: none of its functions is watched" in notes


@pytest.mark.parametrize("left", [{}, {"NightDashreportLambdaFunction": (FUNCTION, "x")}, None])
def test_a_function_that_ran_and_is_gone_is_an_error_of_check(watching, aws, left) -> None:
    root = watching(SLS)
    aws.groups = ["/aws/lambda/till-dev-charge"]
    aws.stacks["till-dev"] = {"ChargeLambdaFunction": (FUNCTION, "till-dev-charge")}
    stage, _ = refreshed(root)
    assert [function.gone for function in stage.external_functions] == [False] * 3
    del aws.stacks["till-dev"]
    if left is not None:
        aws.stacks["till-dev"] = left
    stage, _ = refreshed(root)
    gone = [finding for finding in attachments(stage) if finding.rule == "attached/gone"]
    assert [finding.subject for finding in gone] == ["till-dev-charge"]
    # It stays so for who looks next, until it is there again.
    assert [function.gone for function in refreshed(root)[0].external_functions] == [
        True,
        False,
        False,
    ]
    aws.stacks["till-dev"] = {"ChargeLambdaFunction": (FUNCTION, "till-dev-charge")}
    assert not any(function.gone for function in refreshed(root)[0].external_functions)


@pytest.mark.parametrize("key", ["Runtime", "Handler"])
def test_a_text_without_end_is_refused_in_words(watching, key) -> None:
    root = watching(SLS)
    file = root / "sls/package/cloudformation-template-update-stack.json"
    template = json.loads(file.read_text())
    template["Resources"]["ChargeLambdaFunction"]["Properties"][key] = "x" * 5_000
    file.write_text(json.dumps(template))
    with pytest.raises(InputError, match=f"charge: found a text of 5,000 .* its {key.lower()};"):
        refreshed(root)


NODE = "{template: sls/package, functions: {thumbs: {zeroCode: true}}}"
IMAGE = (
    "{template: sam/template.yaml, stack: s, functions: {Resize: {name: resize, zeroCode: true}}}"
)


@pytest.mark.parametrize(
    ("entry", "where", "said"),
    [
        (
            NODE,
            "functions.thumbs.zeroCode",
            "found the runtime nodejs20.x; accepted: one of Python",
        ),
        (IMAGE, "functions.Resize.zeroCode", "found an image, or a runtime that its template"),
    ],
)
def test_zero_code_on_what_cannot_take_it_is_an_error(watching, entry, where, said) -> None:
    root = watching(entry)
    (note,) = [note for note in refreshed(root)[1] if "zeroCode" in note]
    assert note.startswith(f"attach[0].{where}: {said}")
    found = [one for one in attachments(config.load(root, "dev")) if "zeroCode" in one.message]
    assert [(one.severity, one.rule) for one in found] == [(Severity.ERROR, "attached/zero-code")]
    assert f"{where}: {said}" in found[0].message
    assert zero_code(root, config.load(root, "dev")) == []


def test_what_is_on_a_local_stage_is_not_committed(watching) -> None:
    root = watching("{template: cdk.out, stack: ShopProd}")
    refreshed(root, "local")
    assert not (root / ATTACHED_FILE).exists()
    assert "cart-prod" in (root / LOCAL_FILE).read_text()


def test_looking_writes_nothing(watching) -> None:
    root = watching(SLS)
    look(root, config.load(root, "dev"))
    assert not (root / ATTACHED_FILE).exists()


def test_no_secret_of_a_plan_or_a_state_is_in_the_lock(watching) -> None:
    root = watching(PLAN, SAM, SLS)
    refreshed(root)
    text = (root / ATTACHED_FILE).read_text()
    assert "s3cret" not in text
    assert "k3y" not in text


def test_a_drill_key_in_its_environment_lets_the_drill_call_it(watching) -> None:
    stage, _ = refreshed(watching(PLAN))
    (orders,) = stage.external_functions
    assert orders.answers_drill
    assert orders.lacks == ()
    assert orders.unknown == ("handler",)


def test_settings_are_of_one_entry_and_of_one_function(watching) -> None:
    root = watching(
        "{template: sls/package, except: [thumbs], alarms: {latency: {threshold: 900}}, "
        "functions: {charge: {alarms: {latency: {threshold: 50}}, zeroCode: true}}}"
    )
    stage, _ = refreshed(root)
    latency = {one.label: one.alarm("latency").threshold for one in stage.external_functions}
    assert latency == {"charge": 50, "night-report": 900}
    assert [one.wants_automatic for one in stage.external_functions] == [True, False]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{}", "template or stack, or both"),
        ("{template: x, stages: [nowhere]}", "attach[0].stages[0]"),
        ("{template: x, tempalte: y}", "did you mean template?"),
        ("{stack: 'a b'}", "a stack's name"),
    ],
)
def test_a_wrong_entry_is_named(watching, entry, said) -> None:
    with pytest.raises(ConfigError) as raised:
        config.load(watching(entry), "dev")
    assert said in str(raised.value)


def test_settings_for_a_function_that_is_not_there_are_named(watching) -> None:
    root = watching(SLS)
    refreshed(root)
    root = watching("{template: sls/package, functions: {chrage: {}}, except: [nobody]}")
    with pytest.raises(ConfigError) as raised:
        config.load(root, "dev")
    assert "no function chrage in sls/package" in str(raised.value)
    assert "no function nobody in sls/package" in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"dev": 3}',
        '{"dev": {"x": [{"id": "a"}]}}',
        '{"dev": {"x": [{"id": "a", "label": "a", "name": "b c", "timeout": 3, "memory": 128}]}}',
    ],
)
def test_a_lock_of_another_form_is_refused_in_words(watching, text) -> None:
    root = watching(SLS)
    (root / ATTACHED_FILE).write_text(text)
    with pytest.raises(AttachedError, match=r"attached\.lock\.json: found"):
        config.load(root, "dev")


def test_one_function_that_two_entries_give_is_named(watching) -> None:
    root = watching(SLS, "{template: ./sls/package}")
    with pytest.raises(ConfigError, match=r"till-dev-charge again, which attach\[0\] gives too"):
        refreshed(root)


def test_stacks_of_many_stages_share_a_place(watching) -> None:
    stage, _ = refreshed(watching("{template: cdk.out, stack: ShopProd}"))
    refreshed(watching("{template: cdk.out, stack: ShopProd}"), "prod")
    stage = config.load(watching("{template: cdk.out, stack: ShopProd}"), "dev")
    assert list(stage.stack_numbers) == ["ShopProd#Cart9C8D7E6F"]


@pytest.mark.parametrize(("folder", "told"), [("till", 0), ("tills", 1)])
def test_a_folder_of_code_that_is_not_there_is_told(watching, aws, folder, told) -> None:
    settings = f"functions: {{Cart: {{source: {folder}}}}}"
    aws.stacks["shop-dev"] = {"Cart": (FUNCTION, "shop-dev-Cart-X")}
    aws.templates["shop-dev"] = {"Resources": {"Cart": {"Type": FUNCTION}}}
    root = watching(f"{{stack: 'shop-{{stage}}', {settings}}}")
    (root / "till").mkdir(exist_ok=True)
    stage, _ = refreshed(root)
    found = [finding for finding in attachments(stage) if finding.rule == "attached/source"]
    assert len(found) == told
    assert all("no folder tills" in finding.message for finding in found)
