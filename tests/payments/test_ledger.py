"""One effective charge, no refund above the capture, nothing kept of a given-up order."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from uuid_utils.compat import uuid7

from outbox.models import Message
from payments.commands import CallGateway, ChargePayment
from payments.gateways.port import Declined, Result, Succeeded, Unknown
from payments.models import Payment, PaymentOperation
from payments.services import charge_orders, conclude, refund_orders

pytestmark = pytest.mark.usefixtures("transactional_db")

SILENCE = Unknown("no answer")


def charge(order: UUID, amount: int = 500) -> None:
    charge_orders(
        [
            ChargePayment(
                order_id=order, amount=amount, currency="GBP", payment_method="pm_card_visa"
            )
        ]
    )


def answer(order: UUID, kind: str, result: Result, sequence: int = 1) -> None:
    """Record the gateway's answer to an operation."""
    operation = PaymentOperation.objects.get(idempotency_key=f"{order}:{kind}:{sequence}")
    call = CallGateway(
        order_id=order,
        operation=kind,
        key=operation.idempotency_key,
        amount=operation.amount,
        currency="GBP",
    )
    conclude([(call, result)])


def said(order: UUID) -> list[str]:
    messages = Message.objects.filter(correlation_id=order).order_by("sequence")
    return [each.type for each in messages if each.type != "CallGateway"]


def ledger(order: UUID) -> list[tuple[str, int, str]]:
    rows = PaymentOperation.objects.filter(payment__order_id=order).order_by("id")
    return list(rows.values_list("kind", "amount", "outcome"))


def calls(order: UUID) -> Sequence[str]:
    messages = Message.objects.filter(correlation_id=order, type="CallGateway")
    return [each.payload["key"] for each in messages.order_by("sequence")]


def test_the_key_of_a_charge_is_stored_before_the_gateway_is_called() -> None:
    order = uuid7()
    charge(order)
    assert ledger(order) == [("charge", 500, "requested")]
    assert calls(order) == [f"{order}:charge:1"]
    assert said(order) == []


def test_a_charge_asked_for_twice_is_made_once_and_answered_as_it_stands() -> None:
    order = uuid7()
    charge(order)
    charge(order)
    answer(order, "charge", Succeeded("ch_1"))
    charge(order)
    assert ledger(order) == [("charge", 500, "succeeded")]
    assert calls(order) == [f"{order}:charge:1"]
    assert said(order) == ["PaymentCompleted", "PaymentCompleted"]


def test_the_database_itself_refuses_a_second_effective_charge() -> None:
    order = uuid7()
    charge(order)
    payment = Payment.objects.get(order_id=order)
    with (
        pytest.raises(IntegrityError, match="payments_one_effective_beginning"),
        transaction.atomic(),
    ):
        PaymentOperation.objects.create(
            payment=payment, kind="charge", sequence=2, idempotency_key="another", amount=500
        )


def test_silence_is_neither_success_nor_failure() -> None:
    order = uuid7()
    charge(order)
    answer(order, "charge", SILENCE)
    answer(order, "charge", SILENCE)
    assert ledger(order) == [("charge", 500, "unknown")]
    assert said(order) == []
    answer(order, "charge", Succeeded("ch_1"))
    assert said(order) == ["PaymentCompleted"]
    assert PaymentOperation.objects.get().attempts == 3


def test_an_answer_that_was_given_stays() -> None:
    order = uuid7()
    charge(order)
    answer(order, "charge", Succeeded("ch_1"))
    answer(order, "charge", Declined("lost_card"))
    assert ledger(order) == [("charge", 500, "succeeded")]
    assert said(order) == ["PaymentCompleted"]


def test_a_declined_charge_is_final() -> None:
    order = uuid7()
    charge(order)
    answer(order, "charge", Declined("lost_card"))
    charge(order)
    assert ledger(order) == [("charge", 500, "declined")]
    assert said(order) == ["PaymentFailed", "PaymentFailed"]


def test_a_refund_gives_back_what_was_captured_once() -> None:
    order = uuid7()
    charge(order)
    answer(order, "charge", Succeeded("ch_1"))
    refund_orders([order])
    answer(order, "refund", Succeeded("re_1"))
    refund_orders([order])
    assert ledger(order) == [("charge", 500, "succeeded"), ("refund", 500, "succeeded")]
    assert said(order) == ["PaymentCompleted", "PaymentRefunded", "PaymentRefunded"]


def test_a_refund_asked_for_twice_before_its_answer_is_made_once() -> None:
    order = uuid7()
    charge(order)
    answer(order, "charge", Succeeded("ch_1"))
    refund_orders([order])
    refund_orders([order])
    assert calls(order) == [f"{order}:charge:1", f"{order}:refund:1"]


def test_a_charge_given_up_before_its_answer_is_given_back_when_it_succeeds() -> None:
    order = uuid7()
    charge(order)
    answer(order, "charge", SILENCE)
    refund_orders([order])
    assert said(order) == []
    answer(order, "charge", Succeeded("ch_1"))
    answer(order, "refund", Succeeded("re_1"))
    assert ledger(order) == [("charge", 500, "succeeded"), ("refund", 500, "succeeded")]
    assert said(order) == ["PaymentRefunded"]


def test_a_charge_given_up_that_is_declined_leaves_nothing_to_give_back() -> None:
    order = uuid7()
    charge(order)
    refund_orders([order])
    answer(order, "charge", Declined("lost_card"))
    assert ledger(order) == [("charge", 500, "declined")]
    assert said(order) == ["PaymentRefunded"]


def test_a_refund_that_comes_first_stops_the_charge_behind_it() -> None:
    order = uuid7()
    refund_orders([order])
    charge(order)
    assert (ledger(order), calls(order)) == ([], [])
    assert said(order) == ["PaymentRefunded", "PaymentFailed"]


def test_a_refused_refund_is_flagged_and_can_be_asked_for_again() -> None:
    order = uuid7()
    charge(order)
    answer(order, "charge", Succeeded("ch_1"))
    refund_orders([order])
    answer(order, "refund", Declined("insufficient_balance"))
    payment = Payment.objects.get()
    assert payment.attention_reason == "refund declined (insufficient_balance): 500 left"
    assert said(order) == ["PaymentCompleted", "PaymentRefundDeclined"]
    refund_orders([order])
    answer(order, "refund", Succeeded("re_2"), sequence=2)
    assert not Payment.objects.get().needs_attention
    assert said(order)[-1] == "PaymentRefunded"
    assert calls(order)[-1] == f"{order}:refund:2"
