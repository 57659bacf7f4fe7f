"""Guests: customers without an account, known by an e-mail address until it is confirmed."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction

from orders.models import Customer, Order

VALID_FOR: Final = timedelta(days=30)

_SIGNER: Final = signing.TimestampSigner(salt="orders.guest")


@transaction.atomic
def guest_called(
    *, email: str, name: str, language: str = "", is_vouched_for: bool = True
) -> Customer:
    """Return the customer to whom a guest's order belongs.

    That is the customer who has confirmed the address; else its guest, who is made if there
    is none. Signing up with the address and confirming it turns the guest into the account's
    customer, so that all their orders are seen there.

    :param language: of letters to a guest who is made.
    :param is_vouched_for: whether a storefront's server or the staff sent the order; no one else
        puts an order into an account.
    """
    if is_vouched_for:
        owner = Customer.objects.filter(confirmed_email=email.lower()).first()
        if owner is not None:
            return owner
    guest, _ = Customer.objects.get_or_create(
        guest_email=email.lower(), defaults={"name": name, "email": email, "language": language}
    )
    return guest


def claimed_by_reader(*, email: str, name: str, language: str) -> Customer:
    """Return the guest of an address that is being confirmed as a customer, or a new one."""
    guest = Customer.objects.select_for_update().filter(guest_email=email).first()
    if guest is None:
        return Customer.objects.create(name=name, email=email, language=language)
    guest.guest_email, guest.name = None, name
    guest.language = language or guest.language
    guest.save(update_fields=["guest_email", "name", "language"])
    return guest


def guest_token(order_id: UUID) -> str:
    """Return a text whose holder may read one order, for ``VALID_FOR``."""
    return _SIGNER.sign(order_id.hex)


def order_behind(token: str) -> Order | None:
    """Return the order that a guest's token opens, if it is genuine and not too old."""
    try:
        order_id = _SIGNER.unsign(token, max_age=VALID_FOR)
    except signing.BadSignature:
        return None
    return Order.objects.filter(pk=order_id).only("customer_id").first()


def account_of_guests() -> int:
    """Return the account to which the idempotency keys of guests without a token belong.

    It has no permission and no password.
    """
    return int(User.objects.get_or_create(username="guests", defaults={"password": "!"})[0].pk)
