"""Authenticate requests by API token; with the user comes the customer of that account."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Model
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from config.access.scopes import ON_BEHALF_OF
from config.http.throttling import count_wrong_token
from config.models import ApiToken
from orders.models import Customer


def digest_of(secret: str) -> str:
    """Return the stored form of a token: 256 random bits need no slow hash, one round is enough."""
    return sha256(secret.encode()).hexdigest()


# Every request runs this; composing it with the ORM takes several times as long.
_GOOD = """
SELECT t.id, t.user_id, t.scopes, u.id, u.is_superuser, u.username, u.is_staff, u.is_active,
       c.id, c.name, c.country, c.language
FROM config_apitoken t
JOIN auth_user u ON u.id = t.user_id
LEFT JOIN orders_customer c ON c.user_id = u.id
WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_at > now() AND u.is_active
"""
# In the order of the models' fields, which from_db() expects.
_OF_TOKEN = ("id", "user_id", "scopes")
_OF_USER = ("id", "is_superuser", "username", "is_staff", "is_active")
_OF_CUSTOMER = ("id", "name", "country", "language")


class TokenAuthentication(authentication.TokenAuthentication):
    """``Authorization: Bearer <token>`` (RFC 6750), resolved with one query.

    ``request.user.customer`` is loaded by the same query.
    """

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the user and the token; a second call for a request makes no query."""
        known = getattr(request._request, "auth", None)  # noqa: SLF001 - where DRF leaves it
        if isinstance(known, ApiToken):
            return known.user, known
        try:
            found = super().authenticate(request)
        except exceptions.AuthenticationFailed:
            count_wrong_token(request)
            raise
        if found is not None:
            act_for_customer(request, *found)
        return found

    def authenticate_credentials(self, key: str) -> tuple[Any, ApiToken]:
        """Return the user and the token.

        :raises AuthenticationFailed: the token is not valid, or its user is inactive.
        """
        row = iter(_row_of(digest_of(key)))
        token = _loaded(ApiToken, _OF_TOKEN, row)
        if token is None:
            raise exceptions.AuthenticationFailed(
                "The token is unknown, has expired or was revoked: ask for a new one."
            )
        token.user = _loaded(User, _OF_USER, row)
        if customer := _loaded(Customer, _OF_CUSTOMER, row):
            token.user.customer = customer
        return token.user, token


def act_for_customer(request: Request, user: Any, token: ApiToken) -> None:
    """Let a service token act for the customer whom ``On-Behalf-Of`` names.

    :raises PermissionDenied: the token is a person's, or there is no such customer.
    """
    whom = request.headers.get(ON_BEHALF_OF)
    if whom is None:
        return
    if not token.scopes:
        raise exceptions.PermissionDenied(f"Only service tokens may send {ON_BEHALF_OF}.")
    try:
        user.customer = Customer.objects.get(pk=UUID(whom), erased_at=None)
    except (ValueError, Customer.DoesNotExist) as error:
        raise exceptions.PermissionDenied(f"{ON_BEHALF_OF} names no customer.") from error


def _row_of(digest: str) -> Sequence[Any]:
    """Look a token up, over a new connection if the old one has died since the last request.

    This is the first query of a request and only reads, so it serves as the health check that
    Django would otherwise send before it.
    """
    is_kept = connection.connection is not None and not connection.in_atomic_block
    connection.health_check_done = True  # type: ignore[attr-defined]  # unknown to its stubs
    try:
        return _ask(digest)
    except (InterfaceError, OperationalError):
        if not is_kept or connection.is_usable():
            raise
        connection.close()
        return _ask(digest)


def _ask(digest: str) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(_GOOD, [digest])
        return cursor.fetchone() or ()


def _loaded(model: type[Model], names: Sequence[str], row: Iterator[Any]) -> Any:
    """Build a model from the next columns of a row; its other fields are deferred."""
    values = list(islice(row, len(names)))
    if "scopes" in names and values:
        values[names.index("scopes")] = json.loads(values[names.index("scopes")])
    return model.from_db(connection.alias, names, values) if any(values) else None
