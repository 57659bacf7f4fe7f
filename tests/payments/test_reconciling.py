"""Reconciliation finds every kind of difference, and says what to do."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import F
from django.utils import timezone

from outbox.delivery.batch import deliver_batch
from outbox.kit.daily import Days
from outbox.models import Message
from outbox.registry import subscribers
from payments import reconciliation
from payments.gateways.port import BookEntry, GatewaySilent, Sought, gateway, gateway_named
from payments.metrics import figures
from payments.models import Payment, PaymentOperation, Reconciliation
from payments.reconciliation import PAGE, reconcile
from payments.services.comparing import UNDER_WAY, LedgerDifference
from payments.tasks import reconcile_days
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop
from tests.payments.the_book import alter_book


def differences(*, flag: bool = False) -> list[LedgerDifference]:
    now = timezone.now()
    return reconcile(
        gateway="sandbox",
        since=now - timedelta(hours=1),
        until=now + timedelta(hours=1),
        flag=flag,
    )


def found() -> list[tuple[str, int | None, int | None, str]]:
    return [(each.kind, each.ours, each.theirs, each.what) for each in differences()]


@pytest.fixture
def order_id(shop: Shop) -> UUID:
    order = shop.order()
    shop.order({"MUG": 11})
    shop.order(payment_method="pm_card_chargeDeclined")
    settle()
    return order.id


def test_books_that_agree_have_no_differences(order_id: UUID) -> None:  # noqa: ARG001 - orders of all kinds
    assert found() == []
    kept = Reconciliation.objects.get()
    assert (kept.gateway, kept.entries, kept.differences) == ("sandbox", 3, 0)


def test_what_the_gateway_did_without_us(order_id: UUID) -> None:
    PaymentOperation.objects.filter(payment__order_id=order_id).delete()
    what = "ours and unknown to us: our ledger has forgotten it"
    assert found() == [("charge", None, PRICE, what)]


def test_what_we_call_declined(order_id: UUID) -> None:
    PaymentOperation.objects.filter(payment__order_id=order_id).update(outcome="declined")
    what = "the gateway did what our ledger calls declined"
    assert found() == [("charge", PRICE, PRICE, what)]


def test_a_call_that_is_under_way_is_no_difference_until_it_has_been_for_long(shop: Shop) -> None:
    shop.order(payment_method="pm_sandbox_silent")
    settle_all_but("gateway")
    operation = PaymentOperation.objects.get()
    gateway().charge(
        key=operation.idempotency_key,
        amount=PRICE,
        currency="GBP",
        payment_method="pm_card_visa",
        order_id=str(operation.payment.order_id),
    )
    assert found() == []
    PaymentOperation.objects.update(requested_at=F("requested_at") - UNDER_WAY)
    what = "the gateway did it, and its answer has not arrived here"
    assert found() == [("charge", PRICE, PRICE, what)]


def test_what_was_moved_in_another_amount(order_id: UUID) -> None:
    alter_book("UPDATE entry SET amount = amount + 1 WHERE order_id = ?", str(order_id))
    what = "another amount or currency was moved than our ledger says"
    assert found() == [("charge", PRICE, PRICE + 1, what)]


def test_what_only_our_ledger_says(order_id: UUID) -> None:
    alter_book("DELETE FROM entry WHERE order_id = ?", str(order_id))
    what = "our ledger says what the gateway did not do"
    assert found() == [("charge", PRICE, None, what)]


def test_a_line_at_the_edge_of_the_period_is_no_difference(order_id: UUID) -> None:
    alter_book("UPDATE entry SET made_at = made_at - 7200 WHERE order_id = ?", str(order_id))
    assert found() == []


def test_a_payment_that_differs_needs_attention_and_is_a_figure(order_id: UUID) -> None:
    alter_book("DELETE FROM entry WHERE order_id = ?", str(order_id))
    differences(flag=True)
    payment = Payment.objects.get(order_id=order_id)
    assert payment.attention_reason == "charge: our ledger says what the gateway did not do"
    values = {figure.name: figure.values for figure in figures()}
    assert values["reconciliation_differences"] == {("sandbox",): 1}


def test_the_command_lists_each_difference_with_what_to_do(order_id: UUID) -> None:
    alter_book("DELETE FROM entry WHERE order_id = ?", str(order_id))
    shown = StringIO()
    with pytest.raises(CommandError, match="1 differences") as ended:
        call_command("reconcile", "--dry-run", stdout=shown)
    assert ended.value.returncode == 1
    assert shown.getvalue() == (
        f"{order_id}:charge:1: ours {PRICE}, theirs nothing: our ledger says what the gateway did"
        " not do. Ask the gateway with our key; correct the payment by hand.\n"
    )
    assert not Payment.objects.filter(needs_attention=True).exists()


@pytest.mark.parametrize(
    "words",
    [["--since", "yesterday"], ["--until", "2026-13-01"], ["--since", "2990-01-01"]]
    + [["--gateway", name] for name in ("nobody", "port")],
)
def test_bad_input_is_one_line_and_status_2(shop: Shop, words: list[str]) -> None:  # noqa: ARG001 - an empty book
    with pytest.raises(CommandError) as ended:
        call_command("reconcile", *words)
    assert ended.value.returncode == 2


def test_the_nightly_task_compares_the_day_that_is_over(order_id: UUID) -> None:
    yesterday = timedelta(days=1)
    PaymentOperation.objects.update(concluded_at=timezone.now() - yesterday)
    alter_book("UPDATE entry SET made_at = made_at - 86400")
    alter_book("DELETE FROM entry WHERE order_id = ?", str(order_id))
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    reconcile_days(Days(today - yesterday, today))
    assert Reconciliation.objects.get().differences == 1
    assert Payment.objects.get(order_id=order_id).needs_attention


def test_differences_are_alerted_once_with_what_they_are(order_id: UUID) -> None:
    alter_book("DELETE FROM entry WHERE order_id = ?", str(order_id))
    for _ in range(3):
        differences(flag=True)
    alert = Message.objects.get(type="AlertOperators").payload
    assert alert["subject"] == "Ledger and sandbox differ"
    assert str(order_id) in alert["text"]


def test_a_new_difference_is_alerted_beside_one_that_is_known(shop: Shop, order_id: UUID) -> None:
    alter_book("DELETE FROM entry WHERE order_id = ?", str(order_id))
    differences(flag=True)
    later = shop.order().id
    settle()
    alter_book("DELETE FROM entry WHERE order_id = ?", str(later))
    differences(flag=True)
    told = Message.objects.filter(type="AlertOperators").order_by("recorded_at")
    assert [
        f"of order {id_}" in each.payload["text"]
        for id_, each in zip((order_id, later), told, strict=True)
    ] == [True, True]
    assert told[1].payload["text"].startswith("1 lines")


def test_an_open_dispute_is_listed_every_night_and_alerted_when_it_opens(order_id: UUID) -> None:
    payment = Payment.objects.get(order_id=order_id)
    yesterday = timezone.now() - timedelta(days=1)
    dispute = {"reference": "dp_1", "amount": PRICE, "currency": "GBP", "stage": "needs_answer"}
    payment.disputes.create(**dispute, reported_at=yesterday)
    for _ in range(2):
        assert [each.kind for each in differences(flag=True)] == ["dispute"]
    assert not Message.objects.filter(type="AlertOperators").exists()


def test_an_hour_in_which_orders_are_placed_ends_without_a_flag(shop: Shop) -> None:
    """Reconcile repeatedly while calls are made and answers are late."""
    shop.receive("MUG", 100)
    for _ in range(4):
        for card in ("pm_card_visa", "pm_sandbox_silent_once"):
            shop.order(payment_method=card)
        settle_all_but("gateway")
        deliver_batch(subscribers["gateway"])
        assert differences(flag=True) == []
    settle()
    assert differences(flag=True) == []
    assert not Payment.objects.filter(needs_attention=True).exists()


class Former:
    """The gateway of earlier payments, which did none of them.

    :ivar silent: how often its book cannot be read first.
    """

    def __init__(self, *, silent: int = 0) -> None:
        self.silent = silent

    def entries(self, since: datetime, until: datetime) -> Iterator[BookEntry]:  # noqa: ARG002 - of a port
        if self.silent:
            self.silent -= 1
            raise GatewaySilent("no answer within 10 seconds")
        yield from ()

    def find(self, sought: Sought) -> None:
        """Find nothing."""


def made_elsewhere(order_id: UUID, monkeypatch: pytest.MonkeyPatch, provider: object) -> None:
    """Move an order's payment to another gateway, as before a change of the setting."""
    Payment.objects.filter(order_id=order_id).update(gateway="former")
    alter_book("DELETE FROM entry WHERE order_id = ?", str(order_id))
    monkeypatch.setattr(
        reconciliation,
        "gateway_named",
        lambda name: provider if name == "former" else gateway_named(name),
    )


def kept() -> list[tuple[str, int]]:
    return list(Reconciliation.objects.order_by("id").values_list("gateway", "differences"))


def test_payments_of_an_earlier_gateway_are_compared_with_its_book(
    order_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_elsewhere(order_id, monkeypatch, Former())
    shown = StringIO()
    with pytest.raises(CommandError, match=r"sandbox, .*: no differences; former, .*: 1 diff"):
        call_command("reconcile", stdout=shown)
    assert f"{order_id}:charge:1: ours {PRICE}, theirs nothing" in shown.getvalue()
    assert kept() == [("sandbox", 0), ("former", 1)]
    call_command("reconcile", "--gateway", "sandbox", stdout=shown)
    assert len(kept()) == 3


def test_a_gateway_that_is_silent_or_gone_holds_up_no_other(
    order_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_elsewhere(order_id, monkeypatch, Former(silent=2))
    Payment.objects.exclude(order_id=order_id).update(gateway="removed")
    with pytest.raises(CommandError, match=r"former, .*: nothing was compared: no answer") as ended:
        call_command("reconcile")
    assert ended.value.returncode == 3
    assert [name for name, _ in kept()] == ["sandbox"]


def test_the_night_asks_a_silent_gateway_again_and_the_others_once(
    order_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_elsewhere(order_id, monkeypatch, Former(silent=1))
    now = timezone.now()
    days = Days(now - timedelta(hours=1), now + timedelta(hours=1))
    with pytest.raises(GatewaySilent, match="former: no answer"):
        reconcile_days(days)
    assert kept() == [("sandbox", 0)]
    reconcile_days(days)
    assert kept() == [("sandbox", 0), ("former", 1)]
    assert Payment.objects.get(order_id=order_id).needs_attention


class LongBook:
    """A gateway with many charges in its book, of which it makes none."""

    def __init__(self, references: Sequence[str]) -> None:
        self.references = references

    def entries(self, since: datetime, until: datetime) -> Iterator[BookEntry]:  # noqa: ARG002 - of a port
        for name in self.references:
            yield BookEntry("charge", name, "", name, PRICE, "GBP", since, about=name)

    def find(self, sought: Sought) -> None:
        raise AssertionError(f"{sought.key} is in the book")


MANY = """
WITH payments AS (
    INSERT INTO payments_payment
        (id, order_id, amount, currency, payment_method, gateway, given_up, needs_attention,
         attention_reason, created_at)
    SELECT gen_random_uuid(), gen_random_uuid(), %(amount)s, 'GBP', 'pm', 'sandbox', false, false,
           '', now()
    FROM generate_series(1, %(count)s) RETURNING id, order_id
)
INSERT INTO payments_paymentoperation
    (payment_id, kind, sequence, idempotency_key, amount, outcome, decline_code,
     gateway_reference, came_late, attempts, requested_at, concluded_at)
SELECT id, 'charge', 1, order_id || ':charge:1', %(amount)s, 'succeeded', '',
       order_id || ':charge:1', false, 1, now(), now()
FROM payments RETURNING idempotency_key
"""


def many(count: int, *, amount: int) -> list[str]:
    """Enter so many charges, and return their keys."""
    with connection.cursor() as cursor:
        cursor.execute(MANY, {"amount": amount, "count": count})
        keys = [key for (key,) in cursor.fetchall()]
        cursor.execute("ANALYZE payments_payment; ANALYZE payments_paymentoperation")
    return keys


@pytest.mark.usefixtures("transactional_db")
def test_seventy_thousand_operations_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = many(70_000, amount=PRICE)
    monkeypatch.setattr(reconciliation, "gateway_named", lambda _: LongBook(keys))
    assert differences(flag=True) == []
    assert Reconciliation.objects.get().entries == 70_000


@pytest.mark.usefixtures("transactional_db")
def test_differences_of_many_pages_are_all_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = many(2 * PAGE + 1, amount=PRICE + 1)
    monkeypatch.setattr(reconciliation, "gateway_named", lambda _: LongBook(keys))
    assert len(differences(flag=True)) == len(keys)
    assert Payment.objects.filter(needs_attention=True).count() == len(keys)
