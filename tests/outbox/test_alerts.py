"""An alert is a message: it leaves when its cause has committed, and until it is out."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from django.core.mail import EmailMessage
from django.db import transaction
from pytest_django import Settings
from uuid_utils.compat import uuid7

from outbox.alerts import alert_operators
from outbox.delivery.batch import deliver_batch
from outbox.delivery.relay import drain
from outbox.publishing import PublishedOutsideTransaction
from outbox.registry import subscribers
from tests.outbox.conftest import HANDLED, lane, statuses
from tests.shop import hurry

pytestmark = pytest.mark.usefixtures("transactional_db")


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
    drain(["alerts"], seconds=5)
    (heard,) = chat.heard
    assert heard["text"] == "Refund is left: charge: 12.50 GBP"


def test_an_alert_whose_cause_is_rolled_back_never_existed(chat: type[Chat]) -> None:
    with transaction.atomic():
        alert()
        transaction.set_rollback(True)
    drain(["alerts"], seconds=5)
    assert chat.heard == []


def test_an_alert_that_nobody_took_is_sent_again(chat: type[Chat]) -> None:
    chat.status = 500
    with transaction.atomic():
        alert()
    deliver_batch(subscribers["alerts"])
    refused = lane(name="alerts")
    assert (refused.stopped, refused.attempts) == (False, 1)
    assert "HTTP Error 500" in refused.error

    chat.status = 200
    hurry()
    drain(["alerts"], seconds=5)
    assert len(chat.heard) == 2
    assert statuses("alerts") == [HANDLED]


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028"])
def test_a_line_end_in_its_subject_keeps_no_alert_from_being_mailed(
    settings: Settings, mailoutbox: list[EmailMessage], end: str
) -> None:
    settings.ADMINS = [("Grace", "grace@shop.example")]
    with transaction.atomic():
        alert_operators(subject=f"till{end}7 is stuck", text="look", conversation=uuid7())
    drain(["alerts"], seconds=5)
    (letter,) = mailoutbox
    assert letter.subject.endswith("till 7 is stuck")


def test_an_alert_outside_a_transaction_is_an_error() -> None:
    with pytest.raises(PublishedOutsideTransaction):
        alert()
