"""Each function is told exactly what it lacks, in the words of its tool; writing adds just that."""

import difflib
import json
import shutil

import pytest
import yaml

from tests.conftest import PROJECTS
from tests.unit.attach.conftest import LAYER
from tocsin import config
from tocsin.attach import attaching as attaching_module
from tocsin.attach.attaching import attaching, changes
from tocsin.exceptions import InputError

ATTACHED = PROJECTS / "attached"
TABLE = "error-log-table-dev"


def texts(found) -> list[str]:
    return [snippet.text for snippets in found.snippets for snippet in snippets]


def test_serverless(found) -> None:
    (text,) = texts(found("{template: sls/package}"))
    assert yaml.safe_load(text) == {
        "functions": {
            "charge": {
                "layers": ["${cf:watch-${sls:stage}.ErrorlogLambdaLayerQualifiedArn}"],
                "environment": {"ERROR_LOG_TABLE": "error-log-table-${sls:stage}"},
            },
            "night-report": {
                "layers": ["${cf:watch-${sls:stage}.ErrorlogLambdaLayerQualifiedArn}"],
                "environment": {"ERROR_LOG_TABLE": "error-log-table-${sls:stage}"},
            },
        },
        "provider": {"iam": {"role": {"statements": [{
            "Effect": "Allow",
            "Action": "dynamodb:PutItem",
            "Resource": {"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:"
                                    "${AWS::AccountId}:table/error-log-table-${sls:stage}"},
        }]}}},
    }  # fmt: skip
    # One is decorated already; of Node nothing is asked.
    assert "#   charge: src/charge.handler" in text
    assert "nightly" not in text
    assert "thumbs" not in text


def test_what_all_functions_lack_is_said_once(found) -> None:
    (text,) = texts(found("{template: sls/package, except: [thumbs]}"))
    assert "layers" not in yaml.safe_load(text)["provider"], "it would reach thumbs as well"
    (text,) = texts(found("{template: sam, stack: orders-dev, except: [Resize, Mail]}"))
    assert "Globals" not in yaml.safe_load(text)


@pytest.mark.parametrize(
    ("path", "hidden"), [("/var/task/vendored", True), ("/var/task/vendored:/opt/python", False)]
)
def test_a_function_that_would_not_find_the_layer_gets_no_lines(found, tmp_path, path, hidden):
    found("{template: sls/package}")
    template = tmp_path / "sls/package/cloudformation-template-update-stack.json"
    text = template.read_text()
    template.write_text(text.replace('"PRICES": ', f'"PYTHONPATH": "{path}", "PRICES": '))
    seen = attaching(tmp_path, config.load(tmp_path, "dev"), drill=True, literal=False)
    (text,) = texts(seen)
    assert ("ErrorlogLambdaLayerQualifiedArn" in text) is not hidden
    assert ("charge, night-report: PYTHONPATH is set" in text) is hidden
    assert path not in str(seen.as_dict())
    if hidden:
        assert list(changes(seen, lambda text: None)) == []


def test_the_drills_key_and_the_arn_itself_are_asked_for(found) -> None:
    (text,) = texts(found("{template: sls/package}", drill=True, literal=True))
    charge = yaml.safe_load(text)["functions"]["charge"]
    assert charge == {
        "layers": [LAYER],
        "environment": {
            "ERROR_LOG_TABLE": "error-log-table-dev",
            "ERROR_LOG_DRILL_KEY": "{{resolve:secretsmanager:drill-key-dev:SecretString}}",
        },
    }


def test_zero_code_is_for_the_functions_that_are_named(found) -> None:
    (text,) = texts(found("{template: sls/package, functions: {charge: {zeroCode: true}}}"))
    functions = yaml.safe_load(text)["functions"]
    assert functions["charge"]["handler"] == "errorlog.auto.handler"
    assert functions["charge"]["environment"]["ERROR_LOG_HANDLER"] == "src/charge.handler"
    assert "handler" not in functions["night-report"]
    assert "import errorlog" not in text


def test_sam(found) -> None:
    (text,) = texts(found("{template: sam/template.yaml, stack: orders-dev}"))
    assert yaml.safe_load(text) == {
        "Resources": {
            "TakeOrder": {"Properties": {"Layers": [LAYER]}},
            "Nightly": {
                "Properties": {
                    "Layers": [LAYER],
                    "Environment": {"Variables": {"ERROR_LOG_TABLE": "error-log-table-dev"}},
                    "Policies": [{"Statement": [{
                        "Effect": "Allow",
                        "Action": "dynamodb:PutItem",
                        "Resource": {"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:"
                                                "${AWS::AccountId}:table/error-log-table-dev"},
                    }]}],
                }
            },
        }
    }  # fmt: skip


def test_cdk(found) -> None:
    (text,) = texts(found("{template: cdk.out, stack: ShopProd}"))
    code = text.split("# In their code")[0]
    compile(code, "snippet", "exec")
    assert f'self, "Errorlog", "{LAYER}"' in code
    assert 'function.add_environment("ERROR_LOG_TABLE", "error-log-table-dev")' in code


def test_terraform_of_a_role_that_is_elsewhere(found) -> None:
    (text,) = texts(found("{template: terraform/plan.json}"))
    assert "@errorlog.record_errors above:" in text  # its code is not on this machine
    assert "aws_lambda_function.orders" not in text, "it has all that can be told"
    assert "# In module.pay.aws_lambda_function.this, beside what it has:" in text
    assert f'layers = ["{LAYER}"]' in text
    assert '"Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/error-log-table-dev"' in text


def plan_of(addresses):
    """A plan with functions of one block, by the index of each, and its handler."""
    block = "aws_lambda_function.worker"
    functions = [
        {"address": f"{block}[{index}]", "mode": "managed", "type": "aws_lambda_function",
         "values": {"function_name": f"worker-{number}", "handler": handler,
                    "runtime": "python3.12"}}
        for number, (index, handler) in enumerate(addresses.items())
    ]  # fmt: skip
    return {"format_version": "1.2", "planned_values": {"root_module": {"resources": functions}}}


@pytest.mark.parametrize(
    ("addresses", "zero_code", "seen", "not_seen"),
    [
        ({'"a"': "a.run", '"b.c[d]"': "a.run"}, "", "#   aws_lambda_function.worker: a.run", ""),
        ({"0": "a.run", "1": "b.run"}, "", "#   aws_lambda_function.worker: a.run, b.run", ""),
        ({"0": "a.run", "1": "a.run"}, "01", 'ERROR_LOG_HANDLER = "a.run"', "# @errorlog"),
        ({"0": "a.run", "1": "b.run"}, "01", "ERROR_LOG_HANDLER = HANDLER\n", "# @errorlog"),
        ({"0": "a.run", "1": "b.run"}, "0", "worker[0] alone, and one block", "ERROR_LOG_HANDLER"),
    ],
)
def test_a_block_of_terraform_gets_its_lines_once(
    found, tmp_path, addresses, zero_code, seen, not_seen
) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(plan_of(addresses)))
    wanted = ", ".join(f'"worker-{number}": {{zeroCode: true}}' for number in zero_code)
    (text,) = texts(found(f"{{template: plan.json, functions: {{{wanted}}}}}"))
    assert text.count("layers = ") == text.count("ERROR_LOG_TABLE") == 1
    assert "# In aws_lambda_function.worker, which makes 2 (worker[" in text
    assert seen in text
    assert not not_seen or not_seen not in text


def test_before_the_first_deploy_the_arn_is_not_made_up(found) -> None:
    for text in texts(found("{template: sam, stack: orders-dev}", layer="")):
        assert "layer:errorlog-layer-dev:VERSION" in text
        assert "`./inv deploy --stage dev` first" in text


@pytest.mark.parametrize(
    ("entry", "literal"),
    [("{template: sls/package}", True), ("{template: sam, stack: orders-dev}", False)],
)
def test_nothing_is_written_of_what_has_no_arn_yet(found, entry, literal) -> None:
    told = []
    assert list(changes(found(entry, layer="", literal=literal), told.append)) == []
    assert told == [
        "not written: the layer has no ARN yet; `./inv deploy --stage dev` gives it one"
    ]


def test_a_stage_that_attaches_to_nothing_says_how(found) -> None:
    with pytest.raises(InputError, match="attach: found nothing for the stage dev"):
        found("{template: x, stages: [prod]}")


def test_no_secret_is_printed(found) -> None:
    said = found(
        "{template: sls/package}", "{template: sam, stack: orders-dev}",
        "{template: terraform/plan.json}", drill=True,
    )  # fmt: skip
    text = str(said.as_dict())
    assert "s3cret" not in text
    assert "k3y-in-clear" not in text


@pytest.mark.parametrize("entry", ["{template: sls/package}", "{template: sam, stack: orders-dev}"])
def test_writing_adds_the_snippets_lines_and_changes_no_other(found, entry) -> None:
    (change,) = changes(found(entry), pytest.fail)
    before, mode = change.file.read_text(), change.file.stat().st_mode
    change.write()
    after = change.file.read_text()
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    assert not [line for line in lines if line.startswith("- ")]
    assert change.diff("x") == list(
        difflib.unified_diff(before.splitlines(), after.splitlines(), "x", "x", lineterm="")
    )
    assert change.file.stat().st_mode == mode
    assert sorted(file.name for file in change.file.parent.glob(".*")) == []


def test_what_changed_meanwhile_is_left_alone(found) -> None:
    (change,) = changes(found("{template: sls/package}"), pytest.fail)
    change.file.write_text("service: other\n")
    with pytest.raises(attaching_module.NotEditable, match="was changed meanwhile"):
        change.write()
    assert change.file.read_text() == "service: other\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  runtime: python3.12\n", "  runtime: python3.12\n  layers: ${file(l.yml)}\n",
         "provider.layers are not plain texts"),
        ("  charge:\n", "  charge:\n    layers: [a]\n", "written in one line"),
        ("functions:\n", "custom:\n  x: &x {a: 1}\nfunctions:\n  <<: *x\n", ""),
        ("service: till\n", "service: [\n", "serverless.yml:"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_only_printed(found, old, new, said) -> None:
    seen = found("{template: sls/package}")
    declaration = seen.snippets[0][0].declaration
    declaration.write_text(declaration.read_text().replace(old, new, 1))
    before, told = declaration.read_text(), []
    made = list(changes(seen, told.append))
    assert declaration.read_text() == before
    if said:
        assert made == []
        assert said in told[0]
        assert "put the lines above there yourself" in told[0]


def test_layers_of_all_are_repeated_in_a_functions_own_list(found) -> None:
    seen = found("{template: sls/package}")
    declaration = seen.snippets[0][0].declaration
    text = declaration.read_text()
    declaration.write_text(text.replace("  stage:", "  layers:\n    - arn:common\n  stage:", 1))
    (change,) = changes(seen, pytest.fail)
    written = yaml.safe_load(change.after)
    assert written["provider"]["layers"] == ["arn:common"]
    assert written["functions"]["charge"]["layers"][0] == "arn:common"


def with_layers(folder, monkeypatch, *own):
    """The till, packaged with one layer for all, and ``own`` ones of these functions' own."""
    template = folder / "sls/package/cloudformation-template-update-stack.json"
    state = folder / "sls/package/serverless-state.json"
    compiled, packaged = json.loads(template.read_text()), json.loads(state.read_text())
    for resource in compiled["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Layers"] = ["arn:common"]
            resource["Properties"]["Runtime"] = "python3.12"
    for key in own:
        packaged["service"]["functions"][key]["layers"] = ["arn:common"]
    template.write_text(json.dumps(compiled))
    state.write_text(json.dumps(packaged))
    monkeypatch.setattr(attaching_module, "_layer", lambda root, stage: LAYER)
    return attaching(folder, config.load(folder, "dev"), drill=False, literal=True)


def test_layers_of_all_are_added_to_those_of_all(found, tmp_path, monkeypatch) -> None:
    found("{template: sls/package}")
    (text,) = texts(with_layers(tmp_path, monkeypatch))
    assert yaml.safe_load(text)["provider"]["layers"] == [LAYER]
    assert "functions" not in yaml.safe_load(text)


@pytest.mark.parametrize("own", [("charge",), ("charge", "night-report", "thumbs")])
def test_layers_of_all_would_not_reach_a_function_with_its_own(
    found, tmp_path, monkeypatch, own
) -> None:
    found("{template: sls/package}")
    declaration = tmp_path / "sls/serverless.yml"
    text = declaration.read_text().replace("  stage:", "  layers:\n    - arn:common\n  stage:", 1)
    for key in own:
        text = text.replace(f"  {key}:\n", f"  {key}:\n    layers:\n      - arn:common\n")
    declaration.write_text(text)
    seen = with_layers(tmp_path, monkeypatch, *own)
    (printed,) = texts(seen)
    assert "layers" not in yaml.safe_load(printed)["provider"]
    for key, function in yaml.safe_load(printed)["functions"].items():
        assert function["layers"] == ([LAYER] if key in own else ["arn:common", LAYER])
    (change,) = changes(seen, pytest.fail)
    for function in yaml.safe_load(change.after)["functions"].values():
        assert function["layers"] == ["arn:common", LAYER]


def test_layers_that_cannot_be_said_again_are_told(found, tmp_path, monkeypatch) -> None:
    found("{template: sls/package}")
    declaration = tmp_path / "sls/serverless.yml"
    declaration.write_text(
        declaration.read_text().replace("  stage:", "  layers: ${file(l.yml)}\n  stage:", 1)
    )
    (text,) = texts(with_layers(tmp_path, monkeypatch, "charge"))
    assert (
        "# night-report, thumbs: layers of its own take the place of provider.layers: repeat those "
        "in its list"
    ) in text


def test_statements_go_where_the_file_has_them(found) -> None:
    seen = found("{template: sls/package}")
    declaration = seen.snippets[0][0].declaration
    text = declaration.read_text()
    start, end = text.index("  iam:"), text.index("functions:")
    legacy = '  iamRoleStatements:\n    - Effect: Allow\n      Action: x:y\n      Resource: "*"\n\n'
    declaration.write_text(text[:start] + legacy + text[end:])
    (change,) = changes(seen, pytest.fail)
    provider = yaml.safe_load(change.after)["provider"]
    assert "iam" not in provider
    assert [one["Action"] for one in provider["iamRoleStatements"]] == ["x:y", "dynamodb:PutItem"]


def test_a_label_that_is_anybodys_text_is_no_line_of_its_own(found, tmp_path) -> None:
    seen = found("{template: terraform/plan.json}")
    plan = tmp_path / "terraform/plan.json"
    plan.write_text(plan.read_text().replace("pay.handler", "pay.handler\\n  evil = 1\\u202e"))
    shutil.copy(plan, plan.with_suffix(".bak"))
    seen = attaching(tmp_path, config.load(tmp_path, "dev"), drill=False, literal=False)
    for text in texts(seen):
        assert "\n  evil" not in text
        assert "\u202e" not in text


STATEMENT = {
    "Effect": "Allow",
    "Action": "dynamodb:PutItem",
    "Resource": {
        "Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/"
        "error-log-table-dev"
    },
}
MIXED = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.11
Resources:
  Plain:
    Type: AWS::Lambda::Function
    Properties:
      Handler: a.handler
      Runtime: python3.11
      Role: !GetAtt Own.Arn
  Shared:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.handler
      Role: !GetAtt Own.Arn
  Free:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.handler
  Below:
    Type: AWS::Serverless::Application
    Properties:
      Location: ./below.yaml
  Own:
    Type: AWS::IAM::Role
"""
BELOW = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Inner:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.handler, Runtime: python3.11}
"""


@pytest.fixture
def mixed(found, tmp_path):
    found("{template: sam/template.yaml, stack: s}")
    (tmp_path / "sam/template.yaml").write_text(MIXED)
    (tmp_path / "sam/below.yaml").write_text(BELOW)

    def find():
        return attaching(tmp_path, config.load(tmp_path, "dev"), drill=False, literal=False)

    return find


def test_a_role_of_the_template_gets_a_policy_and_globals_reach_only_sams(mixed) -> None:
    upper, lower = texts(mixed())
    read = yaml.safe_load(upper)
    assert read.keys() == {"Resources"}
    given = {"Layers": [LAYER], "Environment": {"Variables": {"ERROR_LOG_TABLE": TABLE}}}
    assert read["Resources"] == {
        "Plain": {"Properties": given},
        "Shared": {"Properties": given},
        "Free": {"Properties": {**given, "Policies": [{"Statement": [STATEMENT]}]}},
        "OwnErrorlog": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "errorlog",
                "Roles": [{"Ref": "Own"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [STATEMENT]},
            },
        },
    }
    assert lower.startswith("# In the template of the nested stack Below:")
    assert yaml.safe_load(lower)["Resources"].keys() == {"Inner"}


def test_lines_of_a_nested_stack_are_written_into_no_other_template(mixed, tmp_path) -> None:
    said: list[str] = []
    (change,) = changes(mixed(), said.append)
    assert "no file of YAML is known" in said[0]
    assert "Inner" not in change.after
    change.write()
    left = [need.function.id for snippets in mixed().snippets for snippet in snippets
            for need in snippet.needs if need.anything]  # fmt: skip
    assert left == ["Below/Inner"]


def test_a_plain_template_gets_the_statement_too(found, mixed, tmp_path) -> None:
    lines = MIXED.splitlines()
    free, below = lines.index("  Free:"), lines.index("  Own:")
    plain = "\n".join([*lines[4:free], *lines[below:]]).replace("Serverless::F", "Lambda::F")
    (tmp_path / "sam/template.yaml").write_text(plain)
    (text,) = texts(mixed())
    read = yaml.safe_load(text)["Resources"]
    assert read["OwnErrorlog"]["Properties"]["Roles"] == [{"Ref": "Own"}]
    assert read["Plain"]["Properties"].keys() == {"Layers", "Environment"}


def test_a_role_of_a_serverless_projects_own_gets_a_policy_beside_it(found, tmp_path) -> None:
    found("{template: sls/package}")
    template = tmp_path / "sls/package/cloudformation-template-update-stack.json"
    written = template.read_text().replace("IamRoleLambdaExecution", "OwnRole")
    template.write_text(written)
    seen = attaching(tmp_path, config.load(tmp_path, "dev"), drill=False, literal=False)
    read = yaml.safe_load(texts(seen)[0])
    assert "provider" not in read
    (name,) = read["resources"]["Resources"]
    assert name == "OwnRoleErrorlog"


def test_a_function_that_the_file_does_not_declare_is_not_added_to_it(mixed, tmp_path) -> None:
    built = tmp_path / "sam/.aws-sam/build"
    built.mkdir(parents=True)
    (built / "template.yaml").write_text(MIXED.replace("  Below:", "  Underneath:"))
    (tmp_path / "sam/template.yaml").write_text(MIXED.replace("  Free:", "  Other:"))
    monitoring = tmp_path / "monitoring.yml"
    monitoring.write_text(monitoring.read_text().replace("sam/template.yaml", "sam/.aws-sam/build"))
    said: list[str] = []
    assert list(changes(mixed(), said.append)) == []
    assert "not written: template.yaml: it does not declare Free" in said[0]
