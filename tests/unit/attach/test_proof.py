"""Zero code is shown before the deploy, of the functions that are named and of no other."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from tests.conftest import slow
from tocsin import config
from tocsin.attach import proof, refresh
from tocsin.attach.proof import zero_code
from tocsin.aws.account import NoCredentials

pytestmark = slow

FINE = "def handler(event, context):\n    return event['amount']\n"


@pytest.fixture
def project(watching, monkeypatch):
    """``project(code, named=...)``: the project whose function `charge` is packaged so."""

    def refused(root, stage):
        raise NoCredentials("there are no credentials")

    monkeypatch.setattr(refresh.accounts, "of", refused)

    def make(files: dict[str, str] | bytes, *, named=True, handler="src/charge.handler") -> Path:
        functions = ", functions: {charge: {zeroCode: true}}" if named else ""
        root = watching(f"{{template: sls/package{functions}}}")
        template = root / "sls/package/cloudformation-template-update-stack.json"
        template.write_text(template.read_text().replace("src/charge.handler", handler))
        archive = root / "sls/package/till.zip"
        if isinstance(files, bytes):
            archive.write_bytes(files)
        else:
            with zipfile.ZipFile(archive, "w") as opened:
                for name, text in files.items():
                    opened.writestr(name, text)
        return root

    return make


def findings(root):
    return [
        (finding.severity, finding.subject, finding.message)
        for finding in zero_code(root, config.load(root, "dev"))
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"src/charge.py": FINE},
        {"src/charge.py": "import boto3\nclient = boto3.client('s3')\n" + FINE},
        {"src/charge.py": "import errorlog\n\n@errorlog.record_errors\n" + FINE},
        {"src/charge.py": "from src.inner import handler\n", "src/inner.py": FINE},
    ],
)
def test_one_that_works_has_no_finding(project, files) -> None:
    assert findings(project(files)) == []


@pytest.mark.parametrize(
    ("files", "severity", "said"),
    [
        ({"src/charge.py": "import a_package_that_is_not_there\n"}, "warning",
         "src/charge.handler is not loaded here: ModuleNotFoundError"),
        ({"src/charge.py": "import pytest\n"}, "warning", "No module named 'pytest'"),
        ({"src/charge.py": "import os\nos.environ['TABLE']\n"}, "warning", "KeyError: 'TABLE'"),
        ({"src/other.py": FINE}, "warning", "No module named 'src.charge'"),
        ({"src/charge.py": "import os\nos._exit(3)\n"}, "warning", "its process ended"),
        # Its own module takes the place of the layer's.
        ({"src/charge.py": FINE, "errorlog.py": "x = 1\n"}, "error",
         "errorlog.auto changes what loading src/charge.handler gives: ModuleNotFoundError"),
        (b"no archive", "error", "cannot be read"),
        ({"../../out.py": FINE}, "error", "leads out of it"),
    ],
)  # fmt: skip
def test_what_does_not_work_or_cannot_be_shown_is_said(project, files, severity, said) -> None:
    ((found, subject, message),) = findings(project(files))
    assert (found, subject) == (severity, "charge")
    assert said in message


def test_an_archive_that_unpacks_to_more_than_lambda_takes_is_not(project, monkeypatch) -> None:
    monkeypatch.setattr(proof, "MOST_BYTES", 1_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("src/charge.py", FINE + "#" * 10_000)
    ((_, _, message),) = findings(project(packed.getvalue()))
    assert "larger than Lambda takes" in message


def test_no_function_is_loaded_that_nobody_named(project, tmp_path) -> None:
    mark = tmp_path / "loaded"
    code = f"open({str(mark)!r}, 'w').close()\n{FINE}"
    assert findings(project({"src/charge.py": code}, named=False)) == []
    assert not mark.exists()
    assert findings(project({"src/charge.py": code})) == []
    assert mark.exists()


def test_what_is_loaded_has_no_credentials_and_no_way_out(project, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("MY_TOKEN", "t0ken")
    code = (
        "import os\n"
        "assert 'AWS_ACCESS_KEY_ID' not in os.environ and 'MY_TOKEN' not in os.environ\n"
        "import boto3\n"
        "assert boto3.client('sts').meta.endpoint_url == 'http://127.0.0.1:1'\n"
    )
    assert findings(project({"src/charge.py": code + FINE})) == []


def test_nothing_is_left_of_it(project, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    findings(project({"src/charge.py": FINE}))
    assert os.listdir(folder) == []


def test_an_archive_that_is_elsewhere_is_said(project) -> None:
    root = project({"src/charge.py": FINE})
    (root / "sls/package/till.zip").unlink()
    ((severity, _, message),) = findings(root)
    assert severity == "warning"
    assert "its packaged archive is not here" in message
