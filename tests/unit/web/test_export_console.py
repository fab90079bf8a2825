"""A console over exports: bugs of several places, and nothing that only a stage has."""

import html

import pytest
from starlette.testclient import TestClient

from tests import hostile_records as hostile
from tests.conftest import DEMO, slow
from tests.unit.triage.test_exports import record, write
from tests.unit.web.conftest import AUTHORITY, ORIGIN, OWN, text_of
from tocsin import triage
from tocsin.web import ExportConsole
from tocsin.web.application import application


@pytest.fixture
def shown(tmp_path, stage, admission):
    """``shown(*folders)``: somebody signed in at the console over them."""

    def enter(*folders):
        exports = triage.export_folders(folders)
        made = ExportConsole(DEMO, stage, exports, triage.exported_bugs(exports, whole=True))
        client = TestClient(application(made, admission, AUTHORITY), base_url=ORIGIN,
                            follow_redirects=False)  # fmt: skip
        client.post("/session", data={"token": admission.new_token()}, headers=OWN)
        return client

    return enter


@pytest.fixture
def client(shown, tmp_path):
    ours = write(tmp_path / "ours", record(4, stage="dev", stackTrace="KeyError: 'sku'"), record(3))
    theirs = write(
        tmp_path / "theirs", record(2, stage="eu", release="r7", fingerprint="v1:bb"),
        record(3, stage="eu"), table="arn:aws:dynamodb:eu-west-1:210987654321:table/log-eu",
    )  # fmt: skip
    return shown(ours, theirs)


@slow
def test_bugs_of_all_places_are_one_list(client) -> None:
    page = text_of(client.get("/bugs").text)
    assert "exports 2 tables" in page
    assert "123456789012 us-east-1 ? and 2 more" in page
    assert "210987654321 eu-west-1 eu" in page
    found = text_of(client.get("/bugs?q=place:eu-west-1+place:eu+release:r7").text)
    assert "message 2" in found
    assert "message 4" not in found


def test_a_bug_has_its_places_and_its_newest_record(client) -> None:
    page = text_of(client.get("/bugs/v1:aa").text)
    assert "9 failures since" in page
    assert "210987654321 eu-west-1 eu" in page
    assert "KeyError: 'sku'" in page
    assert client.get("/records/01X4").headers["location"] == "/bugs/v1%3Aaa?record=01X4"
    assert client.get("/records/01X3").status_code == 404


@slow
def test_what_only_a_stage_has_is_not_there(client) -> None:
    for path in ("/bugs", "/bugs/v1:aa"):
        page = client.get(path).text
        assert not any(f'href="/{view}"' in page for view in ("alarms", "drill", "clock"))
        assert 'method="post"' not in page
        assert "neighbours" not in page
        assert "suspects" not in page
    for path in ("/alarms", "/drill", "/clock", "/bugs/v1:aa/suspects", "/records/01X4/neighbours"):
        assert client.get(path).status_code == 404
    for path in ("/bugs/v1:aa/resolve", "/drill"):
        assert client.post(path, headers=OWN).status_code in (404, 405)


@slow
def test_hostile_records_are_texts(shown, tmp_path) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in hostile.TEXTS.values()]
    found = [
        hostile.record(text) | {"fingerprint": f"v1:{n:x}", "errorId": f"01H{n}", "stage": text}
        for n, text in enumerate(texts)
    ]
    client = shown(write(tmp_path, *found))
    pages = [client.get(f"/bugs?page={page}").text for page in (1, 2, 3)]
    pages += [client.get(f"/bugs/v1:{n:x}").text for n in range(0, len(texts), 9)]
    for page in pages:
        assert "<script>alert" not in page
        assert all(line.isprintable() for line in page.replace("\t", "").split("\n"))
    shown_texts = html.unescape("".join(pages))
    for text in texts[::9]:
        assert not (text.isprintable() and text.isascii()) or text[:60] in shown_texts
