"""What the pages run of others is what the lock says, byte for byte."""

import hashlib
import json

from tests.conftest import deep
from tocsin.web import vendored


def test_each_copy_is_of_the_locked_version_and_unchanged() -> None:
    said = json.loads(vendored.MANIFEST.read_text(encoding="utf-8"))
    assert said.keys() == vendored.FILES.keys()
    packages = vendored.locked()
    for name, copy in said.items():
        locked = packages[copy["package"]]
        assert (copy["version"], copy["integrity"]) == (locked["version"], locked["integrity"])
        held = (vendored.STATIC / name).read_bytes()
        assert copy["sha256"] == hashlib.sha256(held).hexdigest(), f"{name}: ./inv vendor-web"


def test_each_package_has_its_licence() -> None:
    packages = {package for package, _ in vendored.FILES.values()}
    licensed = {package for package, path in vendored.FILES.values() if path == "LICENSE"}
    assert packages == licensed


@deep
def test_each_copy_is_what_npm_installs(tmp_path) -> None:
    modules = vendored.installed(tmp_path)
    for name, (package, path) in vendored.FILES.items():
        assert (vendored.STATIC / name).read_bytes() == (modules / package / path).read_bytes()
