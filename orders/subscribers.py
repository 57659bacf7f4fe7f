"""Customers hear by e-mail how their order ended."""

from collections.abc import Iterable
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.template import Context, Engine

from orders.events import OrderCancelled, OrderConfirmed
from orders.flows import RESERVE_FIRST
from orders.models import Order, OrderLine
from outbox.kit.texts import one_line
from outbox.messages import Envelope, Event
from outbox.registry import OutsideSubscriber
from outbox.retry import Permanent, Retry

TEMPLATE_OF: Final[dict[type[Event], str]] = {
    OrderConfirmed: "orders/mail/confirmed.txt",
    OrderCancelled: "orders/mail/cancelled.txt",
}
"""The first line of a template is the subject.

No text that customers choose is in them, their name included: nobody has confirmed the address, and
the shop's mail would carry anybody's words to a stranger (ASVS 5.0, 2.2.1 and 1.3.11).
"""

REASONS: Final = {
    "payment_declined": "the payment was declined",
    "out_of_stock": "not all of its goods are in stock",
    "too_many_unpaid_holds": "too many of your orders wait for their payment",
    "payment_unresolved": "the payment could not be completed",
    "cancelled_by_customer": "you asked for it",
    "cancelled_by_staff": "we had to take it back",
}


PLAIN_TEXT: Final = Engine(app_dirs=True, autoescape=False)
"""Mail is no HTML: what goods are called is written as it is."""


class NotSent(Exception):
    """The mail server did not take a mail; it may later."""


def tell_customer(told: Envelope[OrderConfirmed] | Envelope[OrderCancelled]) -> None:
    """Write to the customer; one who has left no address is passed over.

    :raises NotSent: the mail server took no mail for this address.
    :raises Permanent: nor will it later.
    """
    order = Order.objects.select_related("customer").get(pk=told.message.order_id)
    if not order.customer.email:
        return
    subject, _, text = _written(order, type(told.message)).partition("\n")
    try:
        send_mail(subject, text.lstrip(), None, [order.customer.email])
    except (SMTPRecipientsRefused, SMTPDataError) as error:
        codes = _codes(error)
        final = all(code >= 500 for code in codes)
        # Neither the server's words nor the cause are kept: they name the address.
        raise (Permanent if final else NotSent)(
            f"the mail server answered {', '.join(map(str, codes))}"
        ) from None


def _written(order: Order, event: type[OrderConfirmed | OrderCancelled]) -> str:
    rest = OrderLine.objects.filter(order__backorder_of=order)
    context = {
        "order": one_line(str(order)),
        "lines": _listed(order.lines.order_by("number")),
        "is_paid": order.flow != RESERVE_FIRST,
        "missing": _listed(OrderLine(**line) for line in order.missing)
        or _listed(rest.order_by("number")),
        "reason": REASONS.get(order.reason_code, order.reason_code),
    }
    return PLAIN_TEXT.get_template(TEMPLATE_OF[event]).render(Context(context, autoescape=False))


def _listed(lines: Iterable[OrderLine]) -> list[str]:
    return [one_line(str(line)) for line in lines]


def _codes(error: SMTPRecipientsRefused | SMTPDataError) -> list[int]:
    """Return the server's answers; from 500 on they are final (RFC 5321, 4.2.1)."""
    if isinstance(error, SMTPDataError):
        return [error.smtp_code]
    return [code for code, _ in error.recipients.values()]


customer_mail = OutsideSubscriber(
    "customer_mail",
    call=tell_customer,
    retry=Retry(attempts=12, base=2, cap=3600),
    publishes=False,
)
if settings.CUSTOMER_MAIL:
    for event in TEMPLATE_OF:
        customer_mail.hear(event)
