"""Record who signs in to the admin, and who tries to, in the log and as operators' acts.

The user name as typed is in neither: it may have been a password.
"""

from http import HTTPStatus
from typing import Any, Final

import structlog
from axes.helpers import get_lockout_message
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django_otp.forms import otp_verification_failed
from rest_framework.exceptions import Throttled

from config.access.account_names import name_on_record
from config.access.sessions import begin_session
from config.http.client_address import client_address
from config.http.problems import API, refuse
from outbox.acts import record_act

NOT_SIGNED_IN: Final = "not signed in"
"""The actor of an attempt that was refused."""

log = structlog.get_logger()


def listen() -> None:
    """Connect the signals of signing in and out."""
    user_logged_in.connect(_signed_in, dispatch_uid="config.access.sign_ins")
    user_logged_out.connect(_signed_out, dispatch_uid="config.access.sign_ins")
    user_login_failed.connect(_refused, dispatch_uid="config.access.sign_ins")
    user_locked_out.connect(_locked_out, dispatch_uid="config.access.sign_ins")
    otp_verification_failed.connect(_wrong_code, dispatch_uid="config.access.sign_ins")


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    begin_session(request)
    log.info("signed_in", user=user.pk)
    if user.is_staff:
        _record("sign in", user, actor=name_on_record(user), reason=_where(request))


def _signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        log.info("signed_out", user=user.pk)
    if user is not None and user.is_staff:
        _record("sign out", user, actor=name_on_record(user), reason=_where(request))


def _refused(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    user = _known(credentials.get("username"))
    is_locked = bool(getattr(request, "axes_locked_out", False))
    log.warning("sign_in_refused", user=user and user.pk, is_locked=is_locked)
    # Attempts against a locked account must not fill the table.
    if user and user.is_staff and not is_locked:
        _record(
            "refuse to sign in",
            user,
            actor=NOT_SIGNED_IN,
            reason=f"wrong password, {_where(request)}",
        )


def _wrong_code(user: User, **_: Any) -> None:
    log.warning("sign_in_refused", user=user.pk, because="wrong code")
    _record("refuse to sign in", user, actor=NOT_SIGNED_IN, reason="right password, wrong code")


def _locked_out(request: HttpRequest, username: str | None, **_: Any) -> None:
    # Axes sends this for every attempt while locked; only the one that locked it has a count.
    if getattr(request, "axes_failures_since_start", None) is None:
        return
    user = _known(username)
    log.warning("locked_out", user=user and user.pk)
    reason = f"too many wrong passwords, {_where(request)}"
    if not request.path.startswith(API) or (user and user.is_staff):
        _record("lock out", user or _where(request), actor=NOT_SIGNED_IN, reason=reason)


def answer_locked_out(
    request: HttpRequest,
    _response: HttpResponse | None = None,
    _credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """Answer who is locked out: the API with a problem, the admin with a sentence."""
    if request.path.startswith(API):
        return refuse(request, Throttled(settings.AXES_COOLOFF_TIME.total_seconds()))
    return HttpResponse(get_lockout_message(), status=HTTPStatus.TOO_MANY_REQUESTS)


def _known(name: str | None) -> User | None:
    return User.objects.filter(username=name).first() if name and "\x00" not in name else None


def _where(request: HttpRequest | None) -> str:
    return f"from {client_address(request)}" if request is not None else "from within"


def _record(verb: str, subject: User | str, *, actor: str, reason: str) -> None:
    called = name_on_record(subject) if isinstance(subject, User) else subject
    with transaction.atomic():
        record_act(actor=actor, verb=verb, subject=called, reason=reason)
