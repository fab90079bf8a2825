"""What osls compiled once is not compiled again, and differs in nothing but the moment."""

import json
import re
import shutil
import time

import pytest

from tests.conftest import deep
from tocsin import config
from tocsin.packaging import osls_cache
from tocsin.packaging.osls import EXECUTABLE
from tocsin.packaging.osls_cache import CACHE, compiled
from tocsin.packaging.package import package

SERVICE = """
service: shop
provider: {name: aws, environment: {A: "${AWS::Region} ${Table.Arn}"}}
layers: {errorlog: {package: {artifact: layer.zip}}}
functions: {orders: {handler: handler.handler, package: {artifact: orders.zip}}}
resources: {Resources: {}}
"""
MOMENT = re.compile(r"\d{13}-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Osls:
    """In place of osls: writes a template with the moment in it, as osls does; counts its runs."""

    def __init__(self, root):
        self.root, self.folder, self.runs = root, root / "build", 0
        self.folder.mkdir()
        self.service = self.folder / "serverless.yml"
        self.service.write_text(SERVICE)
        for name in ("layer", "orders"):
            (self.folder / f"{name}.zip").write_bytes(name.encode())
        self.version("4.3.1")

    def version(self, version):
        file = self.root / EXECUTABLE.parents[1] / "package.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"version": version}))

    def run(self):
        self.runs += 1
        now = int(time.time() * 1000)
        (self.folder / "package").mkdir(exist_ok=True)
        state = {"key": f"shop/{now}-{osls_cache._iso(now)}/orders.zip", "id": f"Api{now}",
                 "card": 1234567890123}  # fmt: skip
        (self.folder / "package" / "state.json").write_text(json.dumps(state))
        (self.folder / "osls.log").write_text("packaged\n")

    def compiled(self):
        """What is in the package folder afterwards, by name."""
        compiled(self.root, self.folder, self.service, "package", self.run)
        return {file.name: file.read_text() for file in (self.folder / "package").iterdir()}


@pytest.fixture
def osls(tmp_path):
    return Osls(tmp_path)


def test_the_second_time_it_is_not_run(osls) -> None:
    osls.compiled()
    shutil.rmtree(osls.folder / "package")
    assert json.loads(osls.compiled()["state.json"])["card"] == 1234567890123
    assert osls.runs == 1
    assert (osls.folder / "osls.log").read_text() == "packaged\n"


def test_what_is_of_the_moment_is_of_this_one(osls, monkeypatch) -> None:
    osls.compiled()
    monkeypatch.setattr(osls_cache, "_now", lambda: 1_900_000_000_007)
    assert json.loads(osls.compiled()["state.json"]) == {
        "key": "shop/1900000000007-2030-03-17T17:46:40.007Z/orders.zip",
        "id": "Api1900000000007",
        "card": 1234567890123,
    }


def test_files_of_another_run_are_gone(osls) -> None:
    osls.compiled()
    (osls.folder / "package" / "custom-resources.zip").write_text("of a service before")
    assert osls.compiled().keys() == {"state.json"}


def test_what_cloudformation_writes_in_short_is_read_over(osls) -> None:
    osls.service.write_text(SERVICE.replace("{Resources: {}}", "{Outputs: {A: {Value: !Ref B}}}"))
    osls.compiled()
    osls.compiled()
    assert osls.runs == 1


CHANGES = {
    "its text": lambda osls: osls.service.write_text(SERVICE.replace("shop", "cart")),
    "an archive": lambda osls: (osls.folder / "orders.zip").write_bytes(b"changed"),
    "the version of osls": lambda osls: osls.version("4.4.0"),
    "what was kept, which is cut short": lambda osls: [
        file.write_bytes(file.read_bytes()[:50]) for file in (osls.root / CACHE).glob("*.zip")
    ],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_is_run_when_something_has_changed(osls, change) -> None:
    osls.compiled()
    change(osls)
    osls.compiled()
    assert osls.runs == 2


READS_MORE = {
    "a variable": ("name: aws", 'name: aws, profile: "${env:PROFILE}"'),
    "a file": ("Resources: {}", 'Resources: "${file(x.yml):Resources}"'),
    "a plugin": ("service: shop", "service: shop\nplugins: [serverless-x]"),
    "a source of a function": (", package: {artifact: orders.zip}", ""),
    "an archive that is not there": ("orders.zip", "other.zip"),
}


@pytest.mark.parametrize(("old", "new"), READS_MORE.values(), ids=READS_MORE)
def test_it_is_run_where_it_reads_what_nobody_knows(osls, old, new) -> None:
    assert old in SERVICE
    osls.service.write_text(SERVICE.replace(old, new))
    osls.compiled()
    osls.compiled()
    assert osls.runs == 2


def test_a_run_that_leaves_more_than_the_package_folder_is_not_kept(osls) -> None:
    (osls.folder / ".serverless").mkdir()
    osls.compiled()
    osls.compiled()
    assert osls.runs == 2


def test_a_run_that_fails_is_not_kept(osls) -> None:
    def fails():
        raise RuntimeError("no such event")

    with pytest.raises(RuntimeError):
        compiled(osls.root, osls.folder, osls.service, "package", fails)
    osls.compiled()
    assert osls.runs == 1


def test_only_the_last_used_are_kept(osls, monkeypatch) -> None:
    monkeypatch.setattr(osls_cache, "KEPT", 2)
    for number in range(4):
        osls.service.write_text(SERVICE.replace("shop", f"shop{number}"))
        osls.compiled()
    assert len(list((osls.root / CACHE).glob("*.zip"))) == 2
    osls.compiled()
    assert osls.runs == 4


@deep
def test_what_is_kept_is_what_osls_makes(compiled_project, project) -> None:
    """The whole package folder, of a stage with all that osls compiles: run once, kept once."""
    stage = config.load(compiled_project, "dev")

    def texts(root):
        return {
            file.name: MOMENT.sub("MOMENT", file.read_text())
            for file in (package(root, stage).folder / "package").iterdir()
        }

    kept = texts(compiled_project)
    (project / CACHE).unlink()  # a link to the one that all share
    assert texts(project) == kept
    assert len(list((project / CACHE).glob("*.zip"))) == 1
