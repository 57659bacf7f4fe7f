"""An alert is a message: it leaves when its cause has committed, and until it is out."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from django.core import mail
from django.db import transaction
from pytest_django import Settings
from uuid_utils.compat import uuid7

from outbox.alerts import alert_operators
from outbox.delivery import deliver_batch
from outbox.publishing import PublishedOutsideTransaction
from outbox.registry import subscribers
from outbox.relay import drain
from tests.shop import hurry

pytestmark = pytest.mark.usefixtures("transactional_db")


CHANNELS = ["alerts", "alert_mails", "alert_posts"]


class Chat(BaseHTTPRequestHandler):
    """A chat that takes what is posted, or answers that it is broken."""

    status: ClassVar[int] = 200
    heard: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Keep silent."""


@pytest.fixture
def chat(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Chat]]:
    monkeypatch.setattr(Chat, "heard", [])
    monkeypatch.setattr(Chat, "status", 200)
    server = HTTPServer(("127.0.0.1", 0), Chat)
    settings.ALERT_WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/hook"
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield Chat
    server.shutdown()
    thread.join()
    server.server_close()


def alert() -> None:
    alert_operators(subject="Refund is left", text="charge: 12.50 GBP", conversation=uuid7())


def test_an_alert_is_posted_when_its_cause_has_committed(chat: type[Chat]) -> None:
    with transaction.atomic():
        alert()
    drain(CHANNELS, seconds=5)
    (heard,) = chat.heard
    assert heard["text"] == "Refund is left: charge: 12.50 GBP"


def test_an_alert_whose_cause_is_rolled_back_never_existed(chat: type[Chat]) -> None:
    with transaction.atomic():
        alert()
        transaction.set_rollback(True)
    drain(CHANNELS, seconds=5)
    assert chat.heard == []


def test_an_alert_that_nobody_took_is_sent_again(chat: type[Chat]) -> None:
    chat.status = 500
    with transaction.atomic():
        alert()
    deliver_batch(subscribers["alerts"])
    deliver_batch(subscribers["alert_posts"])
    assert len(chat.heard) == 1

    chat.status = 200
    hurry()
    drain(CHANNELS, seconds=5)
    assert len(chat.heard) == 2
    drain(CHANNELS, seconds=5)
    assert len(chat.heard) == 2


def test_a_webhook_that_is_broken_has_no_alert_mailed_again(
    chat: type[Chat], settings: Settings
) -> None:
    settings.ADMINS = [("Ops", "ops@shop.example")]
    chat.status = 500
    with transaction.atomic():
        alert()
    for _ in range(3):
        drain(CHANNELS, seconds=5)
        hurry()
    assert len(mail.outbox) == 1
    assert len(chat.heard) > 1


def test_a_mail_server_that_is_away_keeps_no_alert_from_being_posted(
    chat: type[Chat], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ADMINS = [("Ops", "ops@shop.example")]

    def refuse(_: object) -> None:
        raise OSError("the mail server is away")

    monkeypatch.setattr(mail.EmailMessage, "send", refuse)
    with transaction.atomic():
        alert()
    for _ in range(3):
        drain(CHANNELS, seconds=5)
        hurry()
    assert len(chat.heard) == 1


def test_an_alert_outside_a_transaction_is_an_error() -> None:
    with pytest.raises(PublishedOutsideTransaction):
        alert()
