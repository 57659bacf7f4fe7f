"""An alert is a message: it is sent once its cause has committed, and retried until accepted."""

import json
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from pytest_django import Settings
from uuid_utils.compat import uuid7

from outbox.alerts import alert_operators
from outbox.delivery.batch import deliver_batch
from outbox.delivery.relay import drain
from outbox.publishing import PublishedOutsideTransaction
from outbox.registry import subscribers
from testkit.delivering import hurry
from tests.outbox.conftest import HANDLED, lane, statuses
from tests.webhooks.conftest import Receiver, receiver

__all__ = ["receiver"]

pytestmark = pytest.mark.usefixtures("transactional_db")


CHANNELS = ["alerts", "alert_mails", "alert_posts"]


@pytest.fixture
def chat(receiver: Receiver, settings: Settings) -> Receiver:
    """Start a chat server that accepts posts, unless a test sets another answer."""
    settings.ALERT_WEBHOOK_URL = receiver.url
    return receiver


def heard(chat: Receiver) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in chat.received]


def alert() -> None:
    alert_operators(subject="Refund is left", text="charge: 12.50 GBP", conversation=uuid7())


def test_an_alert_is_posted_when_its_cause_has_committed(chat: Receiver) -> None:
    with transaction.atomic():
        alert()
    drain(CHANNELS, seconds=5)
    (alerted,) = heard(chat)
    assert alerted["text"] == "Refund is left: charge: 12.50 GBP"


def test_an_alert_whose_cause_is_rolled_back_never_existed(chat: Receiver) -> None:
    with transaction.atomic():
        alert()
        transaction.set_rollback(True)
    drain(CHANNELS, seconds=5)
    assert heard(chat) == []


def test_an_alert_that_nobody_took_is_sent_again(chat: Receiver) -> None:
    chat.answers = [500]
    with transaction.atomic():
        alert()
    deliver_batch(subscribers["alerts"])
    deliver_batch(subscribers["alert_posts"])
    refused = lane(name="alert_posts")
    assert (refused.stopped, refused.attempts) == (False, 1)
    assert "ALERT_WEBHOOK_URL answered 500" in refused.error

    hurry()
    drain(CHANNELS, seconds=5)
    assert len(heard(chat)) == 2
    drain(CHANNELS, seconds=5)
    assert len(heard(chat)) == 2
    assert statuses("alert_posts") == [HANDLED]


def test_a_webhook_that_is_broken_has_no_alert_mailed_again(
    chat: Receiver, settings: Settings
) -> None:
    settings.ADMINS = [("Ops", "ops@shop.example")]
    chat.answers = [500] * 10
    with transaction.atomic():
        alert()
    for _ in range(3):
        drain(CHANNELS, seconds=5)
        hurry()
    assert len(mail.outbox) == 1
    assert len(heard(chat)) > 1


def test_a_mail_server_that_is_away_keeps_no_alert_from_being_posted(
    chat: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ADMINS = [("Ops", "ops@shop.example")]

    def refuse(_: object, **__: object) -> None:
        raise OSError("the mail server is away")

    monkeypatch.setattr(mail.EmailMessage, "send", refuse)
    with transaction.atomic():
        alert()
    for _ in range(3):
        drain(CHANNELS, seconds=5)
        hurry()
    assert len(heard(chat)) == 1


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028"])
def test_a_line_end_in_its_subject_keeps_no_alert_from_being_mailed(
    settings: Settings, end: str
) -> None:
    settings.ADMINS = [("Grace", "grace@shop.example")]
    with transaction.atomic():
        alert_operators(subject=f"till{end}7 is stuck", text="look", conversation=uuid7())
    drain(CHANNELS, seconds=5)
    (letter,) = mail.outbox
    assert letter.subject.endswith("till 7 is stuck")


def test_an_alert_goes_nowhere_but_to_the_public_internet(
    chat: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    with transaction.atomic():
        alert()
    deliver_batch(subscribers["alerts"])
    deliver_batch(subscribers["alert_posts"])
    assert "not of the public internet" in lane(name="alert_posts").error
    assert heard(chat) == []


def test_an_alert_outside_a_transaction_is_an_error() -> None:
    with pytest.raises(PublishedOutsideTransaction):
        alert()
