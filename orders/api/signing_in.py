"""Check passwords of customers through Django's back-ends, where wrong ones are counted."""

from hashlib import sha256

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from rest_framework.request import Request

from orders import services


def user_with(request: Request, *, email: str, password: str) -> User | None:
    """Return the customer's account with an address and a password, if there is one.

    An address without an account is looked up all the same, under a name that no account can have:
    the answer takes as long, and wrong passwords lock both alike.
    """
    user = services.account_called(email)
    name = user.username if user else f"unknown-{sha256(email.lower().encode()).hexdigest()[:32]}"
    return _checked(request, name, password)


def checked(request: Request, user: User, password: str) -> User | None:
    """Return an account if the password is its own."""
    return None if user.is_staff else _checked(request, user.username, password)


def _checked(request: Request, name: str, password: str) -> User | None:
    found = authenticate(request._request, username=name, password=password)  # noqa: SLF001 - where DRF leaves Django's request
    return found if isinstance(found, User) else None
