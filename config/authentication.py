"""Who is asking: API tokens, each of a user and, through the user, of a customer."""

from hashlib import sha256
from typing import Any

from django.db.models.functions import Now
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from config.models import ApiToken


def digest_of(secret: str) -> str:
    """Return what is kept of a token. It is 256 random bits, so one round of a hash will do."""
    return sha256(secret.encode()).hexdigest()


class TokenAuthentication(authentication.TokenAuthentication):
    """``Authorization: Bearer <token>`` (RFC 6750), resolved with one query.

    ``request.user.customer`` is loaded with it and costs none of its own.
    """

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the user and the token, without a query if this request was asked before."""
        known = getattr(request._request, "auth", None)  # noqa: SLF001 - where DRF leaves it
        if isinstance(known, ApiToken):
            return known.user, known
        return super().authenticate(request)

    def authenticate_credentials(self, key: str) -> tuple[Any, ApiToken]:
        """Return the user and the token.

        :raises AuthenticationFailed: the token is not good, or its user may not log in.
        """
        good = ApiToken.objects.filter(revoked_at=None, expires_at__gt=Now())
        token = good.select_related("user__customer").filter(digest=digest_of(key)).first()
        if token is None or not token.user.is_active:
            raise exceptions.AuthenticationFailed(
                "The token is unknown, has expired or was revoked: ask for a new one."
            )
        return token.user, token
