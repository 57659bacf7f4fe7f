"""Our ledger beside the gateway's book: every kind of difference is found, and said what to do."""

from datetime import timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from payments.gateways.port import gateway
from payments.metrics import figures
from payments.models import Payment, PaymentOperation, Reconciliation
from payments.reconciling import Difference, reconcile
from payments.tasks import reconcile_yesterday
from tests.payments.the_book import alter_book
from tests.shop import PRICE, Shop, settle, settle_all_but


def differences(*, flag: bool = False) -> list[Difference]:
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
    what = "the gateway did what nobody here asked for"
    assert found() == [("charge", None, PRICE, what)]


def test_what_we_call_declined(order_id: UUID) -> None:
    PaymentOperation.objects.filter(payment__order_id=order_id).update(outcome="declined")
    what = "the gateway did what our ledger calls declined"
    assert found() == [("charge", PRICE, PRICE, what)]


def test_what_has_no_answer_yet(shop: Shop) -> None:
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
    assert list(values["reconciliation_differences"].values()) == [1]


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
    reconcile_yesterday()
    assert Reconciliation.objects.get().differences == 1
    assert Payment.objects.get(order_id=order_id).needs_attention
