"""Add customers, and change their data.

Operators' acts record which fields changed, never their values: only one table holds personal data.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from orders.models import Customer
from outbox.acts import record_act


class CustomerKnown(Exception):
    """The reference or account belongs to another customer, or the account does not exist."""


@transaction.atomic
def add_customer(  # noqa: PLR0913 - the columns of a row, and the act
    *,
    name: str,
    reason: str,
    actor: str,
    email: str = "",
    country: str = "",
    language: str = "",
    reference: str | None = None,
    account: str | None = None,
) -> Customer:
    """Add a customer.

    :param account: the user name with which the customer uses the API.
    :raises CustomerKnown: the reference or account is taken, or the account does not exist.
    :raises ReasonMissing: no reason is given.
    """
    if reference and Customer.objects.filter(reference=reference).exists():
        raise CustomerKnown(f"a customer has the reference {reference} already")
    user = get_user_model().objects.filter(username=account).first() if account else None
    if account and (user is None or Customer.objects.filter(user=user).exists()):
        raise CustomerKnown(f"{account} is no account, or belongs to another customer already")
    customer = Customer.objects.create(
        name=name,
        email=email,
        country=country,
        language=language,
        reference=reference,
        user=user,
    )
    record_act(
        actor=actor,
        verb="add customer",
        subject=f"customer {customer.id}",
        reason=reason,
        details={"account": user and user.pk},
    )
    return customer


@transaction.atomic
def change_profile(
    *,
    customer_id: UUID,
    changes: Mapping[str, Any],
    check: Callable[[Customer], None] = lambda _: None,
) -> Customer:
    """Change a customer's data; all their orders show it.

    :param check: gets the locked customer before the change; raises to prevent it.
    :raises Customer.DoesNotExist: there is no such customer, or they were erased.
    """
    customer = Customer.objects.select_for_update().get(pk=customer_id, erased_at=None)
    check(customer)
    for name, value in changes.items():
        setattr(customer, name, value)
    customer.save(update_fields=changes.keys())
    return customer


@transaction.atomic
def correct_customer(
    *,
    customer_id: UUID,
    changes: Mapping[str, Any],
    reason: str,
    actor: str,
    check: Callable[[Customer], None] = lambda _: None,
) -> Customer:
    """Change a customer's data for them; raises as :func:`change_profile` does.

    :raises ReasonMissing: no reason is given.
    """
    customer = change_profile(customer_id=customer_id, changes=changes, check=check)
    record_act(
        actor=actor,
        verb="change customer",
        subject=f"customer {customer.id}",
        reason=reason,
        details={"fields": sorted(changes)},
    )
    return customer
