"""Customers' accounts: sign-up, e-mail confirmation, passwords.

No answer reveals whether an address has an account: every request for a mail has the
same answer and the same effect, a row and a message. Only the mail says the rest. Accounts of staff
have no part in this: their passwords are set by people who know them.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from orders.events import EmailConfirmationRequested
from orders.models import ConfirmationPurpose, Customer, EmailConfirmation
from orders.models.confirmations import ids_in
from orders.services.guests import claimed_by_reader
from outbox.kit.clock import database_now
from outbox.publishing import publish
from outbox.wiring import publishes

MOST_MAILS: Final = 3
"""Mails to one address in an hour, so that requests by others cannot flood it."""

KEPT: Final = timedelta(days=7)
"""How long a confirmation is kept, used or not."""


class ConfirmationRefused(Exception):
    """The token is forged, used or too old, or its address has got an account meanwhile."""


class PasswordRefused(Exception):
    """A new password is too weak; ``texts`` say why."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(" ".join(texts))
        self.texts = texts


def account_called(email: str) -> User | None:
    """Return the account of the customer who has confirmed an address, if it may sign in here."""
    user = get_user_model().objects.filter(
        customer__confirmed_email=email.lower(), is_active=True, is_staff=False, is_superuser=False
    )
    return user.first()


@publishes(EmailConfirmationRequested)
@transaction.atomic
def ask_to_sign_up(*, email: str, name: str, language: str = "") -> None:
    """Mail a link with which the reader gets an account; a new password if they have one.

    :param language: of the mail, unless the account has one, and of the new customer's letters.
    """
    user = account_called(email)
    purpose = ConfirmationPurpose.PASSWORD if user else ConfirmationPurpose.SIGN_UP
    _request(purpose, email, user.customer if user else None, name=name, language=language)


@publishes(EmailConfirmationRequested)
@transaction.atomic
def ask_for_password(*, email: str, language: str = "") -> None:
    """Mail a link with which the reader sets a new password, or that there is no account.

    :param language: of the mail, unless the account has one.
    """
    user = account_called(email)
    purpose = ConfirmationPurpose.PASSWORD if user else ConfirmationPurpose.NO_ACCOUNT
    _request(purpose, email, user.customer if user else None, language=language)


@publishes(EmailConfirmationRequested)
@transaction.atomic
def ask_for_other_email(*, customer: Customer, email: str) -> None:
    """Mail a link with which the reader makes an address that of the customer."""
    _request(ConfirmationPurpose.EMAIL, email, customer)


@transaction.atomic
def confirm(*, token: str, password: str | None) -> EmailConfirmation:
    """Do what a mail was sent for; its reader is now known to have the address.

    The reader of the mail chooses the password, not the person who signed up: no account can be
    prepared for another person's address.

    :param password: what to sign in with; not needed to change the address.
    :raises ConfirmationRefused: the token cannot be used.
    :raises PasswordRefused: a password is needed, or it is too weak.
    """
    asked = EmailConfirmation.objects.select_for_update().filter(pk__in=ids_in(token)).first()
    if asked is None or not asked.is_valid:
        raise ConfirmationRefused("this link was used, is too old or incomplete: ask for another")
    if asked.purpose != ConfirmationPurpose.EMAIL:
        _give_password(_owner(asked), password)
    elif asked.customer is not None:
        _give_address(asked.customer, asked.email)
    asked.used_at = database_now()
    asked.save(update_fields=["used_at", "customer"])
    return asked


@transaction.atomic
def change_password(*, user: User, password: str) -> None:
    """Set a new password, which ends the account's sessions.

    :raises PasswordRefused: it is too weak.
    """
    _give_password(user, password)


@transaction.atomic
def end_sessions(*, user: User, password: str) -> None:
    """End all sessions of an account.

    A session holds a digest of the password's hash, so the same password with a new salt ends it.
    """
    user.set_password(password)
    user.save(update_fields=["password"])


def forget_confirmations() -> None:
    """Remove confirmations that are older than ``KEPT``."""
    EmailConfirmation.objects.filter(requested_at__lt=database_now() - KEPT).delete()


def _request(
    purpose: ConfirmationPurpose,
    email: str,
    customer: Customer | None,
    *,
    name: str = "",
    language: str = "",
) -> None:
    since = database_now() - timedelta(hours=1)
    sent = EmailConfirmation.objects.filter(email=email.lower(), requested_at__gt=since).count()
    if sent < MOST_MAILS:
        asked = EmailConfirmation.objects.create(
            purpose=purpose,
            email=email.lower(),
            name=name,
            language=(customer and customer.language) or language,
            customer=customer,
        )
        publish(EmailConfirmationRequested(confirmation_id=asked.id), conversation=asked.id)


def _owner(asked: EmailConfirmation) -> User:
    """Return the account whose password is set; a new one for who signs up."""
    if asked.customer is None:
        asked.customer = claimed_by_reader(
            email=asked.email, name=asked.name, language=asked.language
        )
        name = f"customer-{asked.customer.id}"
        asked.customer.user = get_user_model().objects.create(username=name)
        _give_address(asked.customer, asked.email)
    user = asked.customer.user
    if user is None or not user.is_active:
        raise ConfirmationRefused("this account is closed: ask the shop")
    return user


def _give_address(customer: Customer, email: str) -> None:
    customer.email = customer.confirmed_email = email
    try:
        with transaction.atomic():
            customer.save(update_fields=["user", "email", "confirmed_email"])
    except IntegrityError as error:
        raise ConfirmationRefused("this address has an account already: sign in there") from error


def _give_password(user: User, password: str | None) -> None:
    customer = user.customer
    known = User(
        username=user.username, first_name=customer.name, email=customer.confirmed_email or ""
    )
    try:
        validate_password(password or "", known)
    except ValidationError as error:
        raise PasswordRefused(error.messages) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    EmailConfirmation.objects.filter(
        customer=customer, purpose=ConfirmationPurpose.PASSWORD, used_at=None
    ).update(used_at=database_now())
