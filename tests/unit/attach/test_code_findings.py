"""What the packaged code of other teams' functions tells: lacking modules, rights, and wrapping."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.conftest import slow
from tocsin import config
from tocsin.attach import packaged_code as packaged_code_module
from tocsin.attach import refresh
from tocsin.attach.code_findings import code_findings
from tocsin.attach.packaged_code import packaged_code
from tocsin.aws.account import NoCredentials
from tocsin.config import Stage
from tocsin.packaging.artifact_paths import build_folder, layer_artifact

LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:errorlog-layer-dev:7"
OTHER = "arn:aws:lambda:us-east-1:123456789012:layer:pandas:1"
FINE = "def handler(event, context):\n    return event['amount']\n"


@pytest.fixture(autouse=True)
def nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(root, stage):
        raise NoCredentials("there are no credentials")

    monkeypatch.setattr(refresh.accounts, "of", refused)


@pytest.fixture
def packaged(watching):
    """``packaged(files, layers)``: the project whose functions are in an archive of ``files``."""

    def make(files: dict[str, str], layers: tuple[str, ...] = ()) -> tuple[Path, Stage]:
        root = watching("{template: sls/package}")
        template = root / "sls/package/cloudformation-template-update-stack.json"
        document = json.loads(template.read_text())
        properties = document["Resources"]["ChargeLambdaFunction"]["Properties"]
        properties["Layers"] = [*layers]
        template.write_text(json.dumps(document))
        write(root / "sls/package/till.zip", {"src/reports/nightly.py": "", **files})
        refresh.refresh(root, config.load(root, "dev"))
        stage = config.load(root, "dev")
        write(build_folder(root, stage) / layer_artifact(), {"python/errorlog/__init__.py": ""})
        return root, stage

    return make


def write(archive: Path, files: dict[str, str]) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w") as opened:
        for name, text in files.items():
            opened.writestr(name, text)


def found(root: Path, stage: Stage) -> list[tuple[str, str, str]]:
    return [(one.rule, one.subject, one.message) for one in code_findings(root, stage)]


@pytest.mark.parametrize(
    ("files", "layers", "lacking"),
    [
        ({"src/charge.py": "import requests\n" + FINE}, (), "src/charge.py imports requests"),
        (
            {"src/charge.py": "from src.db import x\n", "src/db.py": "import psycopg2\n"},
            (),
            "src/db.py imports psycopg2",
        ),
        # Decorated before the layer is there.
        ({"src/charge.py": "import errorlog\n" + FINE}, (), "src/charge.py imports errorlog"),
    ],
)
def test_a_module_that_nothing_has_is_found(packaged, files, layers, lacking) -> None:
    ((rule, label, message),) = found(*packaged(files, layers))
    assert (rule, label) == ("attached/import", "charge")
    assert message.startswith(f"{lacking}, which neither its archive nor a layer")


@pytest.mark.parametrize(
    ("files", "layers"),
    [
        ({"src/charge.py": "import errorlog\n" + FINE}, (LAYER,)),
        ({"src/charge.py": "import pandas\n" + FINE}, (OTHER,)),
        ({"src/charge.py": "import requests\n" + FINE, "requests/__init__.py": ""}, ()),
        ({"src/charge.py": "import requests\n" + FINE, ".requirements.zip": ""}, ()),
        # What a distribution lacks is not the function's to say.
        (
            {
                "src/charge.py": "import requests\n" + FINE,
                "requests/__init__.py": "import chardet\n",
                "requests-2.dist-info/RECORD": "requests/__init__.py,sha256=x,9\n",
            },
            (),
        ),
        (
            {"src/charge.py": "try:\n    import requests\nexcept ImportError:\n    pass\n" + FINE},
            (),
        ),
        ({"src/charge.py": "import sys\nsys.path.append('vendored')\nimport x\n" + FINE}, ()),
    ],
)
def test_what_may_be_there_is_not(packaged, files, layers) -> None:
    assert found(*packaged(files, layers)) == []


@slow  # the SDK's models are read
def test_a_call_that_its_role_does_not_grant_is_found(packaged) -> None:
    text = "import boto3\n\ndef handler(event, context):\n    boto3.client('sqs').purge_queue()\n"
    ((rule, label, message),) = found(*packaged({"src/charge.py": text}))
    assert (rule, label) == ("attached/call", "charge")
    assert "does not grant sqs:PurgeQueue (src/charge.py:4)" in message


def test_files_of_ours_in_an_archive_are_found_once(packaged) -> None:
    """A stage's keys are among them."""
    files = {".tocsin/local/stage.json": "", "src/charge.py": FINE, "monitoring.yml": ""}
    ((rule, _, message),) = found(*packaged(files))
    assert rule == "attached/packed"
    assert message.startswith("till.zip has .tocsin, monitoring.yml of Tocsin in it")
    assert '"!.tocsin/**"' in message


@pytest.mark.parametrize("spoilt", [b"", b"PK\x03\x04no archive"])
def test_an_archive_that_is_none_tells_nothing(packaged, spoilt) -> None:
    root, stage = packaged({"src/charge.py": "import requests\n"})
    (root / "sls/package/till.zip").write_bytes(spoilt)
    assert found(root, stage) == []


def test_what_is_beyond_the_bounds_or_leads_out_of_it_is_not_unpacked(
    tmp_path, monkeypatch
) -> None:
    archive = tmp_path / "a.zip"
    write(archive, {"../outside.py": "1", "inside.py": "2", "large.py": "x" * 2_000_000})
    with packaged_code(archive) as code:
        assert code is not None
        assert [path.name for path in code.folder.rglob("*")] == ["inside.py"]
        folder = code.folder
    assert not folder.exists()
    assert not (folder.parent / "outside.py").exists()
    monkeypatch.setattr(packaged_code_module, "MOST_FILES", 2)
    with packaged_code(archive) as code:
        assert code is None


@pytest.mark.parametrize(
    ("decorator", "lacks", "unknown"),
    [("@errorlog.record_errors\n", False, False), ("", True, False), (None, False, True)],
)
def test_whether_a_handler_is_wrapped_is_read_from_the_archive(
    watching, decorator, lacks, unknown
) -> None:
    """CDK's assets and Terraform's archives are on this machine, and name no source."""
    root = watching("{template: terraform/plan.json, stages: [prod]}")
    plan = json.loads((root / "terraform/plan.json").read_text())
    resources = [*plan["planned_values"]["root_module"]["resources"]]
    (function, *_) = [
        resource["values"]
        for resource in resources
        if resource["type"] == "aws_lambda_function"
        and resource["values"].get("runtime", "").startswith("python")
    ]
    function["filename"], function["handler"] = "code.zip", "app.handler"
    (root / "terraform/plan.json").write_text(json.dumps(plan))
    if decorator is not None:
        write(root / "terraform/code.zip", {"app.py": f"import errorlog\n\n{decorator}{FINE}"})
    (looked,) = refresh.look(root, config.load(root, "prod"))
    (attached,) = [one for one in looked.functions if one.handler == "app.handler"]
    assert ("handler" in attached.lacks, "handler" in attached.unknown) == (lacks, unknown)
