"""The Stripe gateway over HTTP against localstripe, a stand-in by other authors.

It ignores idempotency keys, lets a charge be refunded twice and cannot list payments of a period:
those are checked on the sandbox (test_contract.py) and on answers of Stripe's shape
(test_stripe_answers.py).
"""

from datetime import UTC, datetime, timedelta

import pytest

from payments.gateways import signature
from payments.gateways.port import Declined, Result, Sought, Succeeded, Unknown
from payments.gateways.stripe.gateway import StripeGateway
from tests.payments.gateways.stand_in import Localstripe

SECRET = "whsec_for_these_tests_only"


@pytest.fixture
def gateway(localstripe: Localstripe) -> StripeGateway:
    return StripeGateway("sk_test_12345", [SECRET], localstripe.address)


def charge(gateway: StripeGateway, key: str, card: str = "pm_card_visa") -> Result:
    return gateway.charge(
        key=key, amount=1250, currency="GBP", payment_method=card, order_id="an-order"
    )


def authorize(gateway: StripeGateway, key: str) -> Result:
    return gateway.authorize(
        key=key, amount=1250, currency="GBP", payment_method="pm_card_visa", order_id="an-order"
    )


def reference(result: Result) -> str:
    assert isinstance(result, Succeeded), result
    return result.reference


def sought(kind: str, key: str, of: str = "") -> Sought:
    return Sought(kind, key, of, datetime.now(UTC) - timedelta(minutes=1))


def test_a_charge_takes_the_money(gateway: StripeGateway) -> None:
    charged = charge(gateway, "k1")
    assert charged == Succeeded(reference(charged), 1250, "GBP")


def test_card_0341_is_declined(gateway: StripeGateway) -> None:
    assert charge(gateway, "k2", "pm_card_chargeCustomerFail") == Declined("card_declined")


def test_an_authorization_is_captured(gateway: StripeGateway) -> None:
    intent = reference(authorize(gateway, "a1"))
    assert gateway.find(sought("capture", "c1", intent)) is None
    captured = gateway.capture(key="c1", amount=1250, currency="GBP", reference=intent)
    assert isinstance(captured, Succeeded)
    assert isinstance(gateway.find(sought("capture", "c1", intent)), Succeeded)


def test_an_authorization_is_voided(gateway: StripeGateway) -> None:
    intent = reference(authorize(gateway, "a2"))
    voided = gateway.void(key="v1", amount=1250, currency="GBP", reference=intent)
    assert voided == Succeeded(intent)
    assert gateway.find(sought("void", "v1", intent)) == voided
    assert gateway.find(sought("capture", "c2", intent)) == Declined("canceled")


def test_a_charge_is_refunded(gateway: StripeGateway) -> None:
    intent = reference(charge(gateway, "k4"))
    assert gateway.find(sought("refund", "r1", intent)) is None
    refunded = gateway.refund(key="r1", amount=450, currency="GBP", reference=intent)
    assert refunded == Succeeded(reference(refunded), 450, "GBP")
    assert gateway.find(sought("refund", "r1", intent)) == refunded


def test_a_wrong_api_key_is_our_fault_and_says_nothing_of_the_order(
    localstripe: Localstripe,
) -> None:
    stranger = StripeGateway("nonsense", [SECRET], localstripe.address)
    assert isinstance(charge(stranger, "k6"), Unknown)


def test_an_address_where_nobody_answers_is_an_unknown_outcome() -> None:
    nowhere = StripeGateway("sk_test_12345", [SECRET], "http://127.0.0.1:9")
    assert isinstance(charge(nowhere, "k7"), Unknown)
    assert isinstance(nowhere.find(sought("charge", "k7")), Unknown)


def test_a_signed_webhook_tells_of_a_charge(
    gateway: StripeGateway, localstripe: Localstripe
) -> None:
    with localstripe.webhooks(SECRET) as received:
        charged = charge(gateway, "k8")
        notice = None
        # What earlier tests have charged may be told first.
        while notice is None or notice.key != "k8":
            body, headers = received.get(timeout=10)
            notice = gateway.read_webhook(body, headers)
    assert (notice.type, notice.kind, notice.key) == ("payment_intent.succeeded", "charge", "k8")
    assert (notice.order_id, notice.result) == ("an-order", charged)
    assert signature.sign(body, "another secret of this length") != headers["Stripe-Signature"]
