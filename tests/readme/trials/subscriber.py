"""Run in a copy of the tree to which the subscriber of docs/adding.md was added."""

import pytest
from django.core import mail

from testkit.delivering import settle
from testkit.shop import Shop


def test_the_packers_hear_of_an_order_that_stands(audited: Shop) -> None:
    order = audited.order()
    settle()
    (letter,) = mail.outbox
    assert letter.subject == f"Pack order {order.id}"


def test_they_do_not_hear_of_one_that_was_cancelled(audited: Shop) -> None:
    audited.order(payment_method="pm_card_chargeDeclined")
    settle()
    assert mail.outbox == []


def test_a_mail_that_cannot_be_sent_is_tried_again_and_holds_up_nothing(
    audited: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [OSError("the mail server is away"), OSError("and still is")]
    really_send = mail.EmailMessage.send

    def send(letter: mail.EmailMessage) -> int:
        if answers:
            raise answers.pop()
        return really_send(letter)

    monkeypatch.setattr(mail.EmailMessage, "send", send)
    order = audited.order()
    settle()
    order.refresh_from_db()
    assert order.status == "confirmed"
    assert len(mail.outbox) == 1
