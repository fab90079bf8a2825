"""A function's own packages: locked, for Lambda's system, in its archive alone."""

import hashlib
import sys
import zipfile
from functools import cache

import pytest

from tests.conftest import deep, slow
from tocsin import config
from tocsin.packaging import archive
from tocsin.packaging.package import build_archives
from tocsin.packaging.wheels import RequirementsLockError, platforms, target_of

pytestmark = slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """``wheel("tiny", "py3-none-any")``: a line for a lock, of a wheel made here, once."""
    folder = tmp_path_factory.mktemp("wheels")

    @cache
    def make(name: str, tag: str = "py3-none-any") -> str:
        file = folder / f"{name}-1.0-{tag}.whl"
        info = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(file, "w") as opened:
            opened.writestr(f"{name}/__init__.py", "ANSWER = 42\n")
            opened.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            )
            opened.writestr(
                f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
            )
            opened.writestr(f"{info}/RECORD", "")
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return f"{name} @ {file.as_uri()} --hash=sha256:{digest}\n"

    return make


@pytest.fixture
def orders(project):
    return project / "functions" / "orders"


def built(project, stage="dev"):
    """Name -> the names in it, of each archive."""
    made = build_archives(project, config.load(project, stage))
    return {path.stem: archive.names_in(path) for path in made}


def test_they_are_in_the_functions_archive_and_in_no_other(project, orders, wheel) -> None:
    (orders / "requirements.txt").write_text(wheel("tiny"))
    (orders / "requirements.in").write_text("tiny\n")
    found = built(project)
    assert {"tiny/__init__.py", "handler.py"} < set(found.pop("orders"))
    assert not [name for names in found.values() for name in names if "tiny" in name]


def test_what_locked_them_stays_at_home(project, orders, wheel) -> None:
    (orders / "requirements.txt").write_text(wheel("tiny"))
    names = built(project)["orders"]
    assert not [name for name in names if name.startswith("requirements") or "RECORD" in name]


def test_a_file_of_the_function_is_above_that_of_a_package(project, orders, wheel) -> None:
    (orders / "requirements.txt").write_text(wheel("tiny"))
    (orders / "tiny").mkdir()
    (orders / "tiny" / "__init__.py").write_text("ANSWER = 1\n")
    (path,) = [
        one_archive
        for one_archive in build_archives(project, config.load(project, "dev"))
        if one_archive.stem == "orders"
    ]
    with zipfile.ZipFile(path) as opened:
        assert opened.read("tiny/__init__.py") == b"ANSWER = 1\n"


def test_packages_of_what_all_share_are_everybodys(project, wheel) -> None:
    (project / "functions" / "_shared" / "requirements.txt").write_text(wheel("tiny"))
    found = built(project)
    for key in ("orders", "payments", "notifications"):
        assert "tiny/__init__.py" in found[key]


def test_a_package_without_a_hash_is_refused(project, orders, wheel) -> None:
    (orders / "requirements.txt").write_text(wheel("tiny").split(" --hash")[0] + "\n")
    with pytest.raises(RequirementsLockError) as refused:
        built(project)
    assert str(refused.value).startswith(
        "functions/orders/requirements.txt: found packages that cannot be installed for "
        "python3.11 on x86_64; accepted: wheels, each with version and hashes, as `./inv lock`"
    )


@deep
def test_a_wheel_for_another_system_is_refused(project, orders, wheel) -> None:
    (orders / "requirements.txt").write_text(wheel("tiny", "cp311-cp311-win_amd64"))
    with pytest.raises(RequirementsLockError, match="not a supported wheel on this platform"):
        built(project)


def test_what_was_never_locked_is_named(project, orders) -> None:
    (orders / "requirements.in").write_text("tiny\n")
    with pytest.raises(RequirementsLockError) as refused:
        built(project)
    assert str(refused.value) == (
        "functions/orders: found requirements.in and no requirements.txt; accepted: both, as "
        "`./inv lock` writes the second from the first"
    )


@pytest.mark.parametrize(
    ("runtime", "architecture", "newest", "oldest"),
    [
        ("python3.11", "x86_64", "manylinux_2_26_x86_64", "manylinux2014_x86_64"),
        ("python3.12", "x86_64", "manylinux_2_34_x86_64", "manylinux2014_x86_64"),
        ("python3.14", "arm64", "manylinux_2_34_aarch64", "manylinux2014_aarch64"),
    ],
)
def test_wheels_are_for_the_c_library_of_the_runtime(runtime, architecture, newest, oldest) -> None:
    tags = platforms(runtime, architecture)
    assert (tags[0], tags[-1]) == (newest, oldest)
    assert tags[0].replace(newest.split("_")[2], "17", 1) in tags


def test_the_local_stage_runs_them_on_this_machine(project) -> None:
    file = project / "monitoring.yml"
    file.write_text(f"runtime: python3.13\narchitecture: arm64\n{file.read_text()}")
    lambdas, here = (target_of(config.load(project, stage_name)) for stage_name in ("dev", "local"))
    assert lambdas.name == "python3.13 on arm64"
    assert "--python-version=3.13" in lambdas.options
    assert here.options == ()
    assert f"python{sys.version_info.major}.{sys.version_info.minor} on " in here.name
