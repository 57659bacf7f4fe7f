"""Erase a customer's personal data; orders, payments and stock movements stay."""

from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal

from orders.models import (
    IN_STATUS,
    Customer,
    EmailConfirmation,
    Order,
    OrderReturn,
    OrderStatus,
    ReturnStatus,
)
from orders.services.addresses import erase_addresses
from outbox.acts import record_act
from outbox.kit.clock import database_now

ERASED: Final = "Erased customer"

OPEN = (OrderStatus.WAITING, OrderStatus.PENDING, OrderStatus.CANCELLING)

customer_erased = Signal()
"""Sent in the transaction with ``customer_id`` and ``account``; receivers erase their copies."""


class ErasureRefused(Exception):
    """A customer cannot be erased now, or not for this reason; the message says why."""


@transaction.atomic
def erase_customer(*, customer_id: UUID, reason: str, actor: str) -> Customer:
    """Erase who a customer is: name, e-mail, addresses, country, language, reference, account.

    An erased customer stays as they are.

    :raises Customer.DoesNotExist: there is no such customer.
    :raises ErasureRefused: an order or a return is under way, or the reason names the customer.
    :raises ReasonMissing: no reason is given.
    """
    customer = Customer.objects.select_for_update().select_related(None).get(pk=customer_id)
    if customer.erased_at is not None:
        return customer
    _require_nothing_open(customer)
    _require_no_name(customer, reason)
    record_act(actor=actor, verb="erase customer", subject=f"customer {customer.id}", reason=reason)
    account = customer.user
    known = [each.lower() for each in (customer.email, customer.confirmed_email) if each]
    customer.name, customer.email, customer.country, customer.language = ERASED, "", "", ""
    customer.reference = customer.user = None
    customer.confirmed_email = customer.guest_email = None
    customer.erased_at = database_now()
    customer.save()
    erase_addresses(customer)
    _erase_confirmations(customer.pk, known)
    customer_erased.send(sender=Customer, customer_id=customer.id, account=account)
    return customer


def _erase_confirmations(customer_id: UUID, emails: list[str]) -> None:
    EmailConfirmation.objects.filter(Q(customer_id=customer_id) | Q(email__in=emails)).delete()


def _require_nothing_open(customer: Customer) -> None:
    orders = Order.objects.filter(customer=customer, status__in=OPEN)
    returns = OrderReturn.objects.filter(
        IN_STATUS[ReturnStatus.UNDER_WAY] | IN_STATUS[ReturnStatus.EXPECTED],
        order__customer=customer,
    )
    if orders.exists() or returns.exists():
        raise ErasureRefused(
            f"customer {customer.id}: an order or a return is under way: wait for its end, or"
            " cancel it"
        )


def _require_no_name(customer: Customer, reason: str) -> None:
    account = customer.user
    known = [
        customer.name,
        customer.email,
        customer.confirmed_email,
        customer.reference,
        account and account.get_username(),
    ]
    if any(each and each.casefold() in reason.casefold() for each in known):
        raise ErasureRefused(
            "the reason stays in the records: give one without naming the customer"
        )
