"""Issue API tokens and revoke them; each is an act with a reason."""

import secrets
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from config.access.authentication import digest_of
from config.access.scopes import SCOPES
from config.models import ApiToken
from outbox.acts import record_act


class TokenNotIssued(Exception):
    """A token cannot be issued or revoked as asked; the message says why."""


@transaction.atomic
def issue_token(user: User, *, name: str, reason: str, actor: str, days: int | None = None) -> str:
    """Let a program act as a user, and return the token, which is not stored.

    :param name: what it is for.
    :param days: how long it is valid; the setting ``API_TOKEN_DAYS`` when ``None``.
    :raises TokenNotIssued: the user is inactive.
    :raises ReasonMissing: the reason is empty.
    """
    if not user.is_active:
        raise TokenNotIssued(f"{user} may not log in: a token would be of no use")
    secret = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest_of(secret),
        expires_at=timezone.now() + timedelta(days=days or settings.API_TOKEN_DAYS),
    )
    _record("issue token", token, reason, actor)
    return secret


@transaction.atomic
def issue_service_token(
    *, name: str, scopes: Collection[str], reason: str, actor: str, days: int | None = None
) -> tuple[ApiToken, str]:
    """Let the server of a storefront act for its customers; return the token's row and the token.

    It gets an account of its own, which has no permission and no password.

    :param scopes: of ``config.access.scopes``; at least one.
    :raises ReasonMissing: the reason is empty.
    """
    if not scopes or not SCOPES.keys() >= set(scopes):
        raise TokenNotIssued(f"name some of these scopes: {', '.join(SCOPES)}")
    user = User.objects.create_user(f"service-{secrets.token_hex(6)}")
    secret = issue_token(user, name=name, reason=reason, actor=actor, days=days)
    token = ApiToken.objects.get(digest=digest_of(secret))
    token.scopes = sorted(scopes)
    token.save(update_fields=["scopes"])
    return token, secret


@transaction.atomic
def revoke_token(token_id: int, *, reason: str, actor: str) -> ApiToken:
    """Revoke a token; one that is revoked already stays so.

    :raises TokenNotIssued: there is no such token.
    :raises ReasonMissing: the reason is empty.
    """
    token = ApiToken.objects.select_for_update().filter(pk=token_id).first()
    if token is None:
        raise TokenNotIssued(f"there is no token {token_id}")
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        _record("revoke token", token, reason, actor)
    return token


def _record(verb: str, token: ApiToken, reason: str, actor: str) -> None:
    details = {"expires_at": token.expires_at.isoformat()}
    subject = f"token {token.pk} of user {token.user_id}"
    record_act(actor=actor, verb=verb, subject=subject, reason=reason, details=details)
