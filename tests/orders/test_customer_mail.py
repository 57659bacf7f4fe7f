"""Customers with an address get a mail when their order is confirmed or cancelled."""

from collections.abc import Iterator
from smtplib import SMTPDataError, SMTPRecipientsRefused

import pytest
from django.core import mail
from pytest_django import Settings

from orders.subscribers import TEMPLATE_OF, customer_mail
from outbox.delivery.batch import deliver_batch
from outbox.models import FailedAttempt, Lane, Message
from outbox.registry import subscribers, subscribers_of
from tests.shop import Shop, settle, settle_all_but, taken

ADDRESS = "ada@lovelace.example"


@pytest.fixture(autouse=True)
def switched_on() -> Iterator[None]:
    """Enable mail to customers, as ``EMAIL_URL`` does."""
    for event in TEMPLATE_OF:
        customer_mail.subscribe_to(event)
    yield
    customer_mail.subscriptions.clear()
    subscribers_of.cache_clear()


@pytest.fixture
def reachable(audited: Shop) -> Shop:
    audited.customer.email = ADDRESS
    audited.customer.save()
    return audited


def refusing(monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> None:
    """Make the mail server refuse a number of mails, then accept them."""
    left, really_send = list(errors), mail.EmailMessage.send

    def send(letter: mail.EmailMessage) -> int:
        if left:
            raise left.pop(0)
        return really_send(letter)

    monkeypatch.setattr(mail.EmailMessage, "send", send)


def test_a_confirmed_order_is_told_with_its_lines(reachable: Shop) -> None:
    order = reachable.order({"MUG": 2})
    settle()
    (letter,) = mail.outbox
    assert (letter.subject, letter.to) == (f"Your order {order.number} is confirmed", [ADDRESS])
    assert letter.body.startswith("Hello,")
    assert "2 x MUG" in letter.body


def test_what_is_missing_of_a_partial_order_is_told_and_so_is_its_arrival(reachable: Shop) -> None:
    reachable.order({"MUG": 12}, partial=True)
    settle()
    reachable.receive("MUG", 2)
    settle()
    first, second = mail.outbox
    assert "10 x MUG" in first.body
    assert "These were not there" in first.body
    assert first.body.rstrip().endswith("2 x MUG")
    assert "2 x MUG" in second.body
    assert "These were not there" not in second.body


def test_before_the_capture_no_mail_says_that_an_order_is_paid_for(
    reachable: Shop, settings: Settings
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    order = reachable.order({"MUG": 12}, flow="reserve_first", partial=True)
    settle_all_but("gateway")
    deliver_batch(subscribers["gateway"])
    settle_all_but("gateway")
    assert taken(order.id) == []
    (letter,) = mail.outbox
    assert "paid for" not in letter.body
    assert "set aside on your card" in letter.body
    assert letter.body.rstrip().endswith("2 x MUG")


def test_an_order_that_is_charged_first_is_told_as_paid_for(reachable: Shop) -> None:
    reachable.order(flow="charge_first")
    settle()
    (letter,) = mail.outbox
    assert "is paid for" in letter.body


def test_a_cancelled_order_is_told_with_its_reason(reachable: Shop) -> None:
    order = reachable.order(payment_method="pm_card_chargeDeclined")
    settle()
    (letter,) = mail.outbox
    assert letter.subject == f"Your order {order.number} is cancelled"
    assert "the payment was declined" in letter.body


def test_a_customer_without_an_address_is_passed_over(audited: Shop) -> None:
    audited.order()
    settle()
    assert mail.outbox == []
    assert not Lane.objects.exists()


def test_the_address_is_read_when_the_mail_is_written_and_travels_in_no_message(
    reachable: Shop,
) -> None:
    reachable.order()
    reachable.customer.email = "countess@lovelace.example"
    reachable.customer.save()
    settle()
    (letter,) = mail.outbox
    assert letter.to == ["countess@lovelace.example"]
    assert not [each for each in Message.objects.all() if "lovelace.example" in str(each.payload)]


@pytest.mark.parametrize("payment_method", ["pm_card_visa", "pm_card_chargeDeclined"])
@pytest.mark.parametrize(
    "name",
    ["You have won: https://won.example", "Ada\nBcc: all@won.example", "won.example {{ name }}"],
)
def test_no_mail_carries_what_customers_write_of_themselves(
    reachable: Shop, name: str, payment_method: str
) -> None:
    reachable.customer.name = reachable.customer.country = name[:60]
    reachable.customer.reference = name
    reachable.customer.save()
    reachable.order({"MUG": 12}, partial=True, payment_method=payment_method)
    settle()
    for letter in mail.outbox:
        assert "won" not in letter.message().as_string()
        assert letter.body.startswith("Hello,")
    assert mail.outbox


LINE_ENDS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("end", LINE_ENDS)
def test_a_reference_with_a_line_end_neither_kills_nor_forges_a_mail(
    reachable: Shop, end: str
) -> None:
    order = reachable.order(reference=f"till{end}Bcc: all@lovelace.example{end}{end}You have won")
    settle()
    (letter,) = mail.outbox
    assert letter.subject == f"Your order {order.number} is confirmed"
    assert letter.recipients() == [ADDRESS]
    assert letter.body.startswith("Hello,")
    assert letter.message()["Subject"]


def test_a_mailbox_that_is_full_is_tried_again(
    reachable: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = SMTPRecipientsRefused({ADDRESS: (452, b"full")})
    refusing(monkeypatch, full, OSError("the server is away"), SMTPDataError(451, b"busy"))
    reachable.order()
    settle()
    assert not Lane.objects.exists()
    assert FailedAttempt.objects.filter(subscriber="customer_mail").count() == 3
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "error",
    [SMTPRecipientsRefused({ADDRESS: (550, b"nobody here")}), SMTPDataError(554, b"unwanted")],
)
def test_an_address_that_is_refused_for_good_is_a_dead_letter_at_once(
    reachable: Shop, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    refusing(monkeypatch, error)
    reachable.order()
    settle()
    dead = Lane.objects.get(subscriber="customer_mail")
    assert (dead.stopped, dead.attempts) == (True, 1)
    assert dead.error.startswith("Permanent: the mail server answered 55")
    assert ADDRESS not in dead.error + dead.traceback
