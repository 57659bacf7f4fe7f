"""Who is asking: API tokens, each of a user and, through the user, of a customer."""

from typing import Any

from rest_framework import authentication, exceptions
from rest_framework.authtoken.models import Token
from rest_framework.request import Request


class TokenAuthentication(authentication.TokenAuthentication):
    """``Authorization: Bearer <token>`` (RFC 6750), resolved with one query.

    ``request.user.customer`` is loaded with it and costs none of its own.
    """

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[Any, Token] | None:
        """Return the user and the token, without a query if this request was asked before."""
        known = getattr(request._request, "auth", None)  # noqa: SLF001 - where DRF leaves it
        return (known.user, known) if isinstance(known, Token) else super().authenticate(request)

    def authenticate_credentials(self, key: str) -> tuple[Any, Token]:
        """Return the user and the token.

        :raises AuthenticationFailed: the token is not known, or its user may not log in.
        """
        token = Token.objects.select_related("user__customer").filter(key=key).first()
        if token is None or not token.user.is_active:
            raise exceptions.AuthenticationFailed("The token is not valid: ask for a new one.")
        return token.user, token
