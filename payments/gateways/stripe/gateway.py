"""The Stripe gateway, by the official library: PaymentIntents with our key, confirmed at once.

The card is entered in the shop's front end (Stripe.js), which sends us the token of its payment
method. The customer has just placed the order, so if the bank asks for authentication, Stripe.js
confirms the payment with the client secret. A method that is charged again later is saved for a
customer of Stripe's with the first payment (``setup_future_usage``); later payments are made
off-session, and if the bank asks then, the customer is asked to come back.

Sources: docs.stripe.com/api/payment_intents, /api/refunds, /api/errors, /api/idempotent_requests;
docs.stripe.com/payments/place-a-hold-on-a-payment-method.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Unpack

import stripe
from django.conf import settings

from payments.gateways import signature
from payments.gateways.port import (
    BookEntry,
    Declined,
    Notice,
    PaymentRequest,
    Result,
    Sought,
    Succeeded,
)
from payments.gateways.results import CANCELED
from payments.gateways.stripe.answers import answer
from payments.gateways.stripe.book import StripeBook
from payments.gateways.stripe.events import notice_of
from payments.gateways.stripe.look_up import LookUp
from payments.gateways.stripe.money import to_stripe
from payments.gateways.stripe.objects import of_beginning, of_capture, of_refund, of_void

CONNECT_SECONDS, ANSWER_SECONDS = 3, 10
"""Timeouts of a call for the connection and for the answer; then its outcome is unknown."""

NOTHING = "nothing"
"""The reference of a payment of amount 0, which Stripe does not accept."""


class StripeGateway:
    """Calls Stripe, or a stand-in at another address."""

    def __init__(
        self,
        api_key: str,
        webhook_secrets: Sequence[str],
        api_base: str = stripe.DEFAULT_API_BASE,
        http_client: stripe.HTTPClient | None = None,
        *,
        return_url: str = "",
    ) -> None:
        """Create the client; nothing is sent yet.

        :param webhook_secrets: those of the webhook endpoint; two during a rotation.
        :param http_client: replaces that of the library.
        :param return_url: the shop's page to which banks send customers back; ``{order_id}`` in it
            is replaced. Without one, no payment method is used that needs a page of the bank.
        """
        self.webhook_secrets, self.api_base = webhook_secrets, api_base
        self.return_url = return_url
        client = stripe.StripeClient(
            api_key,
            # The call's lane retries it with the same key.
            max_network_retries=0,
            http_client=http_client
            or stripe.RequestsClient(timeout=(CONNECT_SECONDS, ANSWER_SECONDS)),
            base_addresses={"api": api_base},
        )
        self.intents = client.v1.payment_intents
        self.customers = client.v1.customers
        self.refunds = client.v1.refunds
        self.book = StripeBook(self.intents, self.refunds, client.v1.disputes)
        self.record = LookUp(self.intents, self.refunds)

    def charge(self, **asked: Unpack[PaymentRequest]) -> Result:
        """Charge the card at once."""
        return self._begin("automatic", asked)

    def authorize(self, **asked: Unpack[PaymentRequest]) -> Result:
        """Authorize the amount; most cards hold it for seven days."""
        return self._begin("manual", asked)

    def capture(
        self,
        *,
        key: str,
        amount: int,
        currency: str,
        reference: str,
    ) -> Result:
        """Capture an authorization or part of it; Stripe releases the rest."""
        if reference == NOTHING:
            return Succeeded(NOTHING, 0, currency)
        return answer(
            of_capture,
            lambda: self.intents.capture(
                reference,
                {"amount_to_capture": to_stripe(amount, currency)},
                {"idempotency_key": key},
            ),
        )

    def void(
        self,
        *,
        key: str,
        amount: int,  # noqa: ARG002 - all of it
        currency: str,
        reference: str,
    ) -> Result:
        """Void an authorization."""
        if reference == NOTHING:
            return Succeeded(NOTHING, 0, currency)
        return answer(of_void, lambda: self.intents.cancel(reference, {}, {"idempotency_key": key}))

    def refund(
        self,
        *,
        key: str,
        amount: int,
        currency: str,
        reference: str,
    ) -> Result:
        """Refund what was captured, or part of it."""
        return answer(
            of_refund,
            lambda: self.refunds.create(
                {
                    "payment_intent": reference,
                    "amount": to_stripe(amount, currency),
                    "metadata": {"key": key},
                },
                {"idempotency_key": key},
            ),
        )

    def cancel(self, *, key: str, reference: str) -> Result:
        """Cancel a payment that waits for the customer; one being processed rarely can be."""
        canceled = answer(
            of_beginning,
            lambda: self.intents.cancel(reference, {}, {"idempotency_key": f"{key}:cancel"}),
        )
        if isinstance(canceled, Declined) and canceled.code != CANCELED:
            # It was made, canceled or declined before, or can no longer be canceled.
            return answer(of_beginning, lambda: self.intents.retrieve(reference))
        return canceled

    def find(self, sought: Sought) -> Result | None:
        """Look up an operation by its payment or by our key."""
        if sought.reference == NOTHING:
            return Succeeded(NOTHING, 0)
        return self.record.find(sought)

    def entries(self, since: datetime, until: datetime) -> Iterator[BookEntry]:
        """Yield the payments, refunds and disputes that were created in a period."""
        return self.book.entries(since, until)

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """Verify and read an event of our webhook endpoint."""
        signature.check(body, headers.get("Stripe-Signature", ""), self.webhook_secrets)
        return notice_of(body)

    def _begin(
        self, capture_method: Literal["automatic", "manual"], asked: PaymentRequest
    ) -> Result:
        key, currency, order_id = asked["key"], asked["currency"], asked["order_id"]
        if asked["amount"] == 0:
            return Succeeded(NOTHING, 0, currency)

        def create() -> Any:
            saved_for = asked.get("saved_for")
            intent: Any = {
                "amount": to_stripe(asked["amount"], currency),
                "currency": currency.lower(),
                "payment_method": asked["payment_method"],
                "confirm": True,
                "capture_method": capture_method,
                "metadata": {"order_id": order_id, "key": key},
                **self._redirects(order_id, is_away=bool(saved_for)),
            }
            if saved_for:
                intent |= {"customer": saved_for, "off_session": True}
            elif asked.get("keep"):
                whose = self._new_customer(key, order_id)
                intent |= {"customer": whose, "setup_future_usage": "off_session"}
            return self.intents.create(intent, {"idempotency_key": key})

        return answer(of_beginning, create)

    def _new_customer(self, key: str, order_id: str) -> str:
        """Make the customer to whom Stripe attaches a payment method that is saved."""
        made = self.customers.create(
            {"metadata": {"order_id": order_id}}, {"idempotency_key": f"{key}:customer"}
        )
        return str(made.id)

    def _redirects(self, order_id: str, *, is_away: bool) -> dict[str, Any]:
        """Allow the pages of banks if the customer can be sent back to the shop from there."""
        if is_away or not self.return_url:
            return {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
        return {
            "automatic_payment_methods": {"enabled": True},
            "return_url": self.return_url.replace("{order_id}", order_id),
        }


def connect() -> StripeGateway:
    """Return a client with the keys and address of the settings."""
    return StripeGateway(
        settings.STRIPE_API_KEY,
        settings.STRIPE_WEBHOOK_SECRETS,
        settings.STRIPE_API_BASE,
        return_url=settings.PAYMENT_RETURN_URL,
    )
