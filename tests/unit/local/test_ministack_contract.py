"""ministack is where we left it; when an upgrade moves something, this says what, in words."""

from __future__ import annotations

import importlib

import pytest

from tests.conftest import slow
from tocsin.local.emulator import ministack_contacts, ministack_contract
from tocsin.local.emulator.cloudwatch import CloudWatchModule


@slow
def test_ministack_is_where_we_left_it() -> None:
    problems = ministack_contract.moved()
    assert problems == [], "\n".join(problems)


@slow
def test_its_services_ask_nothing_new_of_cloudwatch() -> None:
    known = ministack_contacts.OFFERED | ministack_contacts.NO_LONGER_ASKED
    new = sorted(set(ministack_contract.asked_of_cloudwatch()) - known)
    assert new == [], (
        f"ministack now also uses {', '.join(new)} of its cloudwatch module, which "
        "tocsin/local/emulator/cloudwatch.py stands in for: offer it there and add it to "
        "contacts.OFFERED"
    )


def test_our_module_answers_what_is_asked_of_it() -> None:
    missing = {name for name in ministack_contacts.OFFERED if not hasattr(CloudWatchModule, name)}
    assert missing == set()


@slow
@pytest.mark.parametrize("contact", ministack_contacts.CONTACTS, ids=lambda contact: contact.name)
def test_a_name_that_goes_is_reported(
    contact: ministack_contacts.Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(importlib.import_module(contact.module), contact.name)
    (problem,) = ministack_contract.moved()
    assert f"{contact.module}.{contact.name}" in problem
    assert contact.purpose in problem
    assert "is gone" in problem


def test_a_function_that_takes_something_else_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ministack.services.lambda_svc._acquire_execution_slot", lambda other: None)
    (problem,) = ministack_contract.moved()
    assert "now takes (other), not (func config)" in problem


def test_another_version_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ministack_contract.metadata, "version", lambda _: "9.9.9")
    (problem,) = ministack_contract.moved()
    assert "ministack is 9.9.9" in problem
    assert ministack_contract.PINNED in problem
