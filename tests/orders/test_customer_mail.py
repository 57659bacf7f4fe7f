"""Customers with an address get a letter for each event of their order that concerns them."""

from collections.abc import Iterator
from email.message import EmailMessage
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.test import Client
from pytest_django import Settings

from orders.letters.again import LetterRefused, letters_sent, send_letter_again
from orders.letters.content import LETTERS
from orders.models import Order, Product, ReasonCode
from orders.services import LineToReturn, change_profile, request_cancellation, request_return
from orders.subscribers import customer_mail
from outbox.models import FailedAttempt, Lane, Message, OperatorAct
from outbox.registry import subscribers_of
from testkit.book import taken
from testkit.delivering import settle
from testkit.shop import Shop, offer
from tests.admin.forms import send
from tests.shop import hand_over, let_return_time_pass, pack

ADDRESS = "ada@lovelace.example"
HELLO = "Hello,"


@pytest.fixture(autouse=True)
def switched_on(settings: Settings) -> Iterator[None]:
    """Enable mail to customers, as ``EMAIL_URL`` does."""
    settings.CUSTOMER_MAIL = True
    for event in LETTERS:
        customer_mail.subscribe_to(event)
    yield
    for event in LETTERS:
        del customer_mail.subscriptions[event]
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


def told(order: Order | None = None) -> list[str]:
    """Return what letters said in their subjects, without the order's number."""
    return [
        str(letter.subject).replace(order.number, "N") if order else str(letter.subject)
        for letter in mail.outbox
    ]


def last() -> Any:
    return mail.outbox[-1]


def html_of(letter: Any) -> str:
    ((content, kind),) = letter.alternatives
    assert kind == "text/html"
    return str(content)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_an_order_is_told_when_it_is_placed_and_when_it_is_confirmed(reachable: Shop) -> None:
    order = reachable.order({"MUG": 2})
    settle()
    assert told(order) == ["We have received your order N", "Your order N is confirmed"]
    for letter in mail.outbox:
        assert letter.to == [ADDRESS]
        assert f"{HELLO}\n\n" in letter.body
        assert "2 × MUG  £25.00" in letter.body  # noqa: RUF001 - the sign of times
        assert "Total  £25.00" in letter.body
        assert "<td>Total</td><td>£25.00</td>" in html_of(letter)


def test_a_letter_is_text_and_html_in_one_message(reachable: Shop) -> None:
    reachable.order()
    settle()
    message = last().message()
    assert isinstance(message, EmailMessage) or message.is_multipart()
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.get_payload()] == [
        "text/plain",
        "text/html",
    ]
    assert '<html lang="en">' in html_of(last())


def test_the_language_is_the_customers_when_the_order_was_placed(reachable: Shop) -> None:
    change_profile(customer_id=reachable.customer.id, changes={"language": "de"})
    reachable.customer.refresh_from_db()
    offer("KANNE", 123456, "EUR")
    reachable.receive("KANNE", 1)
    order = reachable.order({"KANNE": 1})
    change_profile(customer_id=reachable.customer.id, changes={"language": "en"})
    settle()
    assert told(order) == [
        "Wir haben Ihre Bestellung N erhalten",
        "Ihre Bestellung N ist bestätigt",
    ]
    assert "Summe  1.234,56 €" in plain(last().body)
    assert '<html lang="de">' in html_of(last())


def test_the_shop_has_a_language_of_its_own(reachable: Shop, settings: Settings) -> None:
    settings.SHOP_LANGUAGE = "de"
    order = reachable.order()
    settle()
    assert told(order)[1] == "Ihre Bestellung N ist bestätigt"
    assert "12,50 £" in plain(last().body)


def test_what_is_missing_of_a_partial_order_is_told_and_so_is_its_arrival(reachable: Shop) -> None:
    order = reachable.order({"MUG": 12}, partial=True)
    settle()
    reachable.receive("MUG", 2)
    settle()
    first, second, third = mail.outbox
    assert first.subject == f"We have received your order {order.number}"
    assert "You pay for each part" in first.body
    assert "10 × MUG" in second.body  # noqa: RUF001 - the sign of times
    assert "These were not there" in second.body
    assert "2 × MUG  £25.00" in second.body  # noqa: RUF001 - likewise
    assert third.subject == f"Your order {order.backorders.get().number} is confirmed"
    assert "2 × MUG" in third.body  # noqa: RUF001 - likewise
    assert "These were not there" not in third.body


def test_before_the_capture_no_mail_says_that_an_order_is_paid_for(reachable: Shop) -> None:
    order = reachable.order({"MUG": 12}, flow="reserve_first", partial=True)
    settle()
    assert taken(order.id) == []
    assert "paid for" not in last().body
    assert "set aside on your card" in last().body


def test_an_order_that_is_charged_first_is_told_as_paid_for(reachable: Shop) -> None:
    reachable.order(flow="charge_first")
    settle()
    assert "is paid for" in last().body


@pytest.mark.parametrize(
    ("language", "subject", "reason"),
    [
        ("en", "Your order N is cancelled", "the payment was declined"),
        ("de", "Ihre Bestellung N ist storniert", "die Zahlung wurde abgelehnt"),
    ],
)
def test_a_cancelled_order_is_told_with_its_reason(
    reachable: Shop, language: str, subject: str, reason: str
) -> None:
    reachable.customer.language = language
    order = reachable.order(payment_method="pm_card_chargeDeclined")
    settle()
    assert told(order)[-1] == subject
    assert reason in last().body
    assert reason in html_of(last())


@pytest.mark.parametrize(
    ("language", "subject", "until"),
    [
        ("en", "Please confirm the payment of your order N", " UTC; after that"),
        ("de", "Bitte bestätigen Sie die Zahlung Ihrer Bestellung N", " UTC; danach"),
    ],
)
def test_a_bank_that_wants_the_customer_is_told_with_the_time_that_is_left(
    reachable: Shop, language: str, subject: str, until: str
) -> None:
    reachable.customer.language = language
    order = reachable.order(payment_method="pm_card_authenticationRequired")
    settle()
    assert told(order)[-1] == subject
    assert until in last().body


@pytest.mark.parametrize(
    ("units", "subject"),
    [(2, "Your order N is on its way"), (1, "A part of your order N is on its way")],
)
def test_a_parcel_is_told_with_its_goods_and_its_tracking_number(
    reachable: Shop, units: int, subject: str
) -> None:
    order = reachable.order({"MUG": 2})
    settle()
    mail.outbox.clear()
    hand_over(pack(order, {1: units}))
    settle()
    assert told(order) == [subject]
    for part in (last().body, html_of(last())):
        assert f"{units} × MUG" in part  # noqa: RUF001 - the sign of times
        assert "have left with Royal Mail" in part
        assert "Tracking number: QM123456785GB" in part


def test_a_return_is_told_with_what_goes_back(reachable: Shop) -> None:
    order = reachable.order({"MUG": 2})
    settle()
    mail.outbox.clear()
    request_return(
        order_id=order.id,
        lines=[LineToReturn(1, 1)],
        reason="broken",
        reason_code=ReasonCode.CANCELLED_BY_CUSTOMER,
    )
    settle()
    assert sorted(told(order)) == [
        "Your return of order N is settled",
        "£12.50 of your order N goes back to you",
    ]
    assert "1 × MUG" in next(each for each in mail.outbox if "settled" in each.subject).body  # noqa: RUF001 - the sign of times


def test_goods_that_are_expected_back_are_told_and_that_they_did_not_come(reachable: Shop) -> None:
    order = reachable.order({"MUG": 2})
    settle()
    hand_over(pack(order))
    settle()
    mail.outbox.clear()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle()
    assert told(order) == ["We expect your return of order N"]
    assert "up to £12.50 goes back to you" in plain(last().body)
    assert "1 × MUG" in last().body  # noqa: RUF001 - the sign of times
    let_return_time_pass(order)
    settle()
    assert told(order)[1:] == ["Your return of order N has ended without goods"]


def test_money_of_a_cancelled_order_is_told_once(reachable: Shop) -> None:
    order = reachable.order()
    settle()
    mail.outbox.clear()
    request_cancellation(order_id=order.id, reason_code=ReasonCode.CANCELLED_BY_CUSTOMER)
    settle()
    assert sorted(told(order)) == [
        "Your order N is cancelled",
        "£12.50 of your order N goes back to you",
    ]


def test_nothing_is_told_of_a_refund_of_nothing(reachable: Shop) -> None:
    order = reachable.order(payment_method="pm_card_chargeDeclined")
    settle()
    assert not [subject for subject in told(order) if "goes back" in subject]


def test_the_shops_page_of_an_order_is_linked(reachable: Shop, settings: Settings) -> None:
    settings.ORDER_PAGE = "https://shop.example/orders?n={number}&x=1"
    order = reachable.order()
    settle()
    page = f"https://shop.example/orders?n={order.number}&x=1"
    assert f"Your order: {page}" in last().body
    escaped = page.replace("&", "&amp;")
    assert f'<a href="{escaped}">{escaped}</a>' in html_of(last())


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
    assert last().to == ["countess@lovelace.example"]
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
        assert letter.body.startswith(HELLO)
    assert mail.outbox


def test_markup_in_the_name_of_a_product_is_text_in_both_parts(reachable: Shop) -> None:
    name = '<b>Salt</b> & "Pepper" <script>alert(1)</script>'
    Product.objects.filter(sku="MUG").update(name=name)
    reachable.order()
    settle()
    for letter in mail.outbox:
        assert f"1 × {name}" in letter.body  # noqa: RUF001 - the sign of times
        html = html_of(letter)
        assert "<script>" not in html
        assert "<b>" not in html
        assert "&lt;b&gt;Salt&lt;/b&gt; &amp; &quot;Pepper&quot;" in html


LINE_ENDS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("end", LINE_ENDS)
def test_a_text_with_a_line_end_neither_kills_nor_forges_a_mail(reachable: Shop, end: str) -> None:
    Product.objects.filter(sku="MUG").update(name=f"Mug{end}Bcc: all@lovelace.example")
    order = reachable.order(reference=f"till{end}Bcc: all@lovelace.example{end}{end}You have won")
    settle()
    assert told(order) == ["We have received your order N", "Your order N is confirmed"]
    for letter in mail.outbox:
        assert letter.recipients() == [ADDRESS]
        assert letter.message()["Bcc"] is None
        assert "1 × Mug Bcc: all@lovelace.example" in letter.body  # noqa: RUF001 - the sign of times
        assert "You have won" not in letter.body


def test_a_mailbox_that_is_full_is_tried_again_under_the_same_message_id(
    reachable: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = SMTPRecipientsRefused({ADDRESS: (452, b"full")})
    refusing(monkeypatch, full, OSError("the server is away"), SMTPDataError(451, b"busy"))
    order = reachable.order()
    settle()
    assert not Lane.objects.exists()
    assert FailedAttempt.objects.filter(subscriber="customer_mail").count() == 3
    assert len(mail.outbox) == 2
    placed = Message.objects.get(correlation_id=order.id, type="OrderPlaced")
    assert mail.outbox[0].message()["Message-ID"].startswith(f"<{placed.id}@")


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


def again(order: Order, subject: str) -> str:
    """Have the letter of this subject sent again."""
    (key,) = [key for key, (_, sent) in letters_sent(order).items() if subject in sent.subject]
    return send_letter_again(
        order_id=order.pk, message_id=key, reason="it went astray", actor="grace"
    )


def test_a_letter_is_sent_again_to_the_address_of_now_and_is_an_act(reachable: Shop) -> None:
    order = reachable.order()
    settle()
    assert len(mail.outbox) == 2
    change_profile(customer_id=reachable.customer.id, changes={"email": "ada@new.example"})
    order.refresh_from_db()
    assert again(order, "is confirmed") == f"Your order {order} is confirmed"
    settle()
    assert last().to == ["ada@new.example"]
    assert last().subject == f"Your order {order} is confirmed"
    assert last().extra_headers["Message-ID"] != mail.outbox[1].extra_headers["Message-ID"]
    act = OperatorAct.objects.get(verb="send letter again")
    assert (act.actor, act.reason) == ("grace", "it went astray")
    assert len(letters_sent(order)) == 2


def test_only_a_letter_that_was_sent_is_sent_again(reachable: Shop) -> None:
    order = reachable.order()
    with pytest.raises(LetterRefused, match="no letter about it was sent"):
        letters_sent(order)
    settle()
    with pytest.raises(LetterRefused, match="was not sent"):
        send_letter_again(order_id=order.pk, message_id=order.pk, reason="why not", actor="grace")
    change_profile(customer_id=reachable.customer.id, changes={"email": ""})
    order.refresh_from_db()
    with pytest.raises(LetterRefused, match="no e-mail address"):
        letters_sent(order)


def test_support_chooses_a_letter_by_its_subject_and_reads_it_first(
    reachable: Shop, client: Client
) -> None:
    order = reachable.order()
    settle()
    user = User.objects.create_user("support-person", is_staff=True)
    user.groups.add(Group.objects.get(name="support"))
    client.force_login(user)
    address = f"/admin/orders/order/{order.pk}/letter_again/"
    page = client.get(address).content.decode()
    assert f"It goes to {ADDRESS}" in page
    (key,) = [key for key, (_, sent) in letters_sent(order).items() if "received" in sent.subject]
    send(client, address, {"letter": str(key), "reason": "it went astray"})
    settle()
    assert last().subject == f"We have received your order {order}"
