"""The secrets that sign webhooks: made here, shown once, and encrypted in their rows.

The keys are the setting ``WEBHOOK_SECRET_KEYS``: the first encrypts, each of them decrypts (Fernet,
https://github.com/fernet/spec/blob/master/Spec.md).
"""

import base64
import secrets
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from outbox.kit.secret import Secret
from outbox.models.endpoints import WebhookEndpoint, WebhookSecret

PREFIX: Final = "whsec_"
"""The specification's prefix of secrets."""

BYTES: Final = 32

USUAL_OVERLAP: Final = 24
LONGEST_OVERLAP: Final = 7 * 24
"""Hours in which a replaced secret signs as well."""

MOST: Final = 4
"""Secrets of one endpoint that may sign at a time: each makes the header longer."""


class KeysMissing(Exception):
    """WEBHOOK_SECRET_KEYS is not set, so no secret can be stored."""


class SecretUnreadable(Exception):
    """WEBHOOK_SECRET_KEYS lacks the key with which this secret was encrypted."""


class TooManySecrets(Exception):
    """Replaced secrets of this endpoint still sign: let one of them end first."""


def signing_now(endpoint: WebhookEndpoint) -> list[Secret]:
    """Return the secrets that sign now, the newest first.

    :raises SecretUnreadable: no key decrypts one of them.
    :raises KeysMissing: there is no key.
    """
    return [_decrypt(each.encrypted) for each in _valid(endpoint)]


def count_valid(endpoint: WebhookEndpoint) -> int:
    """Count the secrets that sign now."""
    return _valid(endpoint).count()


def add_secret(endpoint: WebhookEndpoint) -> Secret:
    """Make a secret for an endpoint; nothing shows it again.

    :raises KeysMissing: there is no key.
    """
    secret = Secret(PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode())
    encrypted = _keys().encrypt(secret.encode()).decode()
    WebhookSecret.objects.create(endpoint=endpoint, encrypted=encrypted)
    return secret


def replace_secrets(endpoint: WebhookEndpoint, *, overlap_hours: int) -> Secret:
    """Make a new secret for an endpoint; those it has sign as well for some hours.

    :param endpoint: its row is locked.
    :param overlap_hours: 0 if the others are to sign nothing more, as one has leaked.
    :raises TooManySecrets: too many would sign at a time.
    :raises KeysMissing: there is no key.
    """
    if not overlap_hours:
        endpoint.secrets.all().delete()
    elif _valid(endpoint).count() >= MOST:
        raise TooManySecrets(TooManySecrets.__doc__)
    until = timezone.now() + timedelta(hours=overlap_hours)
    endpoint.secrets.filter(until=None).update(until=until)
    return add_secret(endpoint)


def remove_ended() -> None:
    """Remove secrets that sign nothing more."""
    WebhookSecret.objects.filter(until__lte=timezone.now()).delete()


@transaction.atomic
def encrypt_anew() -> None:
    """Encrypt what an older key has encrypted with the first one, so that the older can go."""
    for row in WebhookSecret.objects.select_for_update():
        if not settings.WEBHOOK_SECRET_KEYS or _is_of_first_key(row.encrypted):
            continue
        # One that no key decrypts fails each attempt at its endpoint, which is paused then.
        with suppress(InvalidToken):
            row.encrypted = _keys().rotate(row.encrypted).decode()
            row.save(update_fields=["encrypted"])


def _valid(endpoint: WebhookEndpoint) -> QuerySet[WebhookSecret]:
    valid = endpoint.secrets.filter(Q(until=None) | Q(until__gt=timezone.now()))
    return valid.order_by("-id")


def _decrypt(encrypted: str) -> Secret:
    try:
        return Secret(_keys().decrypt(encrypted).decode())
    except InvalidToken as error:
        raise SecretUnreadable(SecretUnreadable.__doc__) from error


def _is_of_first_key(encrypted: str) -> bool:
    try:
        Fernet(settings.WEBHOOK_SECRET_KEYS[0]).decrypt(encrypted)
    except InvalidToken:
        return False
    return True


def _keys() -> MultiFernet:
    if not settings.WEBHOOK_SECRET_KEYS:
        raise KeysMissing(KeysMissing.__doc__)
    return _together(tuple(settings.WEBHOOK_SECRET_KEYS))


@cache
def _together(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(each) for each in keys])
