"""Guests: customers without an account, known by an e-mail address until somebody confirms it."""

from django.db import transaction

from orders.models import Customer


@transaction.atomic
def guest_called(*, email: str, name: str) -> Customer:
    """Return the customer to whom a guest's order belongs.

    That is whoever has confirmed the address; else the guest of that address, who is made if there
    is none. Signing up with the address and confirming it turns the guest into the account's
    customer, so that all their orders are seen there.
    """
    owner = Customer.objects.filter(confirmed_email=email.lower()).first()
    if owner is not None:
        return owner
    guest, _ = Customer.objects.get_or_create(
        guest_email=email.lower(), defaults={"name": name, "email": email}
    )
    return guest


def claimed_by_reader(*, email: str, name: str) -> Customer:
    """Return the guest of an address that is being confirmed as a customer, or a new one."""
    guest = Customer.objects.select_for_update().filter(guest_email=email).first()
    if guest is None:
        return Customer.objects.create(name=name, email=email)
    guest.guest_email, guest.name = None, name
    guest.save(update_fields=["guest_email", "name"])
    return guest
