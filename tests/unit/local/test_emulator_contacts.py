"""ministack is where we left it; when an upgrade moves something, this says what, in words."""

from __future__ import annotations

import importlib

import pytest

from tocsin.local.emulator import contacts
from tocsin.local.emulator.cloudwatch import CloudWatchModule


def test_ministack_is_where_we_left_it() -> None:
    problems = contacts.moved()
    assert problems == [], "\n".join(problems)


def test_its_services_ask_nothing_new_of_cloudwatch() -> None:
    known = contacts.OFFERED | contacts.NO_LONGER_ASKED
    new = sorted(set(contacts.asked_of_cloudwatch()) - known)
    assert new == [], (
        f"ministack now also uses {', '.join(new)} of its cloudwatch module, which "
        "tocsin/local/emulator/cloudwatch.py stands in for: offer it there and add it to "
        "contacts.OFFERED"
    )


def test_our_module_answers_what_is_asked_of_it() -> None:
    missing = {name for name in contacts.OFFERED if not hasattr(CloudWatchModule, name)}
    assert missing == set()


@pytest.mark.parametrize("contact", contacts.CONTACTS, ids=lambda contact: contact.name)
def test_a_name_that_goes_is_reported(
    contact: contacts.Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(importlib.import_module(contact.module), contact.name)
    (problem,) = contacts.moved()
    assert f"{contact.module}.{contact.name}" in problem
    assert contact.purpose in problem
    assert "is gone" in problem


def test_a_function_that_takes_something_else_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ministack.services.lambda_svc._acquire_execution_slot", lambda other: None)
    (problem,) = contacts.moved()
    assert "now takes (other), not (func config)" in problem


def test_another_version_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts.metadata, "version", lambda _: "9.9.9")
    (problem,) = contacts.moved()
    assert "ministack is 9.9.9" in problem
    assert contacts.PINNED in problem
