"""Mail customers when their order is confirmed or cancelled."""

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

They contain no text that a customer chose, not even the name: addresses are not verified, so the
shop would mail strangers whatever a customer wrote (ASVS 5.0, 2.2.1 and 1.3.11).
"""

REASONS: Final = {
    "payment_declined": "the payment was declined",
    "out_of_stock": "not all of its goods are in stock",
    "too_many_unpaid_holds": "too many of your orders wait for their payment",
    "payment_not_confirmed": "the payment was not confirmed with the bank in time",
    "payment_unresolved": "the payment could not be completed",
    "cancelled_by_customer": "you asked for it",
    "cancelled_by_staff": "we had to take it back",
}


PLAIN_TEXT: Final = Engine(app_dirs=True, autoescape=False)
"""The mail is plain text: nothing is escaped as HTML."""


class NotSent(Exception):
    """The mail server refused a mail for now."""


def mail_customer(ending: Envelope[OrderConfirmed] | Envelope[OrderCancelled]) -> None:
    """Mail the customer, if an address is known.

    :raises NotSent: the mail server refused the mail for now.
    :raises Permanent: the mail server refused it for good.
    """
    order = Order.objects.select_related("customer").get(pk=ending.message.order_id)
    if not order.customer.email:
        return
    subject, _, text = _written(order, type(ending.message)).partition("\n")
    try:
        send_mail(subject, text.lstrip(), None, [order.customer.email])
    except (SMTPRecipientsRefused, SMTPDataError) as error:
        codes = _codes(error)
        final = all(code >= 500 for code in codes)
        # Neither the server's text nor the cause is kept: they contain the address.
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
    """Return the server's reply codes; from 500 on they are final (RFC 5321, 4.2.1)."""
    if isinstance(error, SMTPDataError):
        return [error.smtp_code]
    return [code for code, _ in error.recipients.values()]


customer_mail = OutsideSubscriber(
    "customer_mail",
    call=mail_customer,
    retry=Retry(attempts=12, base=2, cap=3600),
    publishes=False,
)
if settings.CUSTOMER_MAIL:
    for event in TEMPLATE_OF:
        customer_mail.subscribe_to(event)
