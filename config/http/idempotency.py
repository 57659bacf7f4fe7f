"""``Idempotency-Key``: execute a POST once, and repeat its answer when it is sent again.

The effect of a request, its key and its answer are one commit: a request whose answer was lost
either had its effect, and gets the stored answer, or had none, and is executed now. A key belongs
to a user and a route. Only success is stored: a refusal changes nothing, and its key stays free.
An answer that shows a secret is not stored; who repeats such a request learns that it was done.

Source: draft-ietf-httpapi-idempotency-key-header; ADR 13.
"""

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from rest_framework import exceptions, status

from config.access.scopes import ON_BEHALF_OF
from config.http.key_refusals import HEADER, AnswerNotKept, InProgress, KeyInvalid, KeyUsed
from config.http.parsers import LARGEST_BODY
from config.http.problems import DatabaseAway, refuse
from config.models import IdempotencyKey
from config.postgresql.errors import DatabaseUnavailable
from outbox.kit.rows.removal import remove_old

REPLAYED = "Idempotent-Replayed"
"""Marks a repeated answer."""

_KEY = re.compile(r'(?P<quote>"?)(?P<key>[!#-\[\]-~]{8,255})(?P=quote)')
_CLAIM = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))"


@dataclass(frozen=True, slots=True)
class Asked:
    """What identifies a request with a key."""

    user_id: int
    route: str
    key: str
    fingerprint: str


class IdempotencyKeys:
    """The innermost middleware, so that only the view runs in its transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Any,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> HttpResponse | None:
        """Answer a POST of the API that has a key; the view answers all others itself."""
        if request.method != "POST" or HEADER not in request.headers or not hasattr(view, "cls"):
            return None
        try:
            user_id = _user_id(request, view)
            if user_id is None or int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
                return None
            asked = _asked(request, user_id)
            with prepared(request, view):
                return answer_once(
                    asked,
                    lambda: view(request, *args, **kwargs),
                    instead=refuse(request, AnswerNotKept()) if _shows_secret(view) else None,
                )
        except (KeyInvalid, KeyUsed, InProgress, exceptions.Throttled) as refusal:
            return refuse(request, refusal)
        except DatabaseUnavailable:
            return refuse(request, DatabaseAway())


def answer_once(
    asked: Asked, act: Callable[[], Any], *, instead: HttpResponse | None = None
) -> HttpResponse:
    """Repeat the answer stored for this key; else act, and store the answer with the effect.

    :param instead: what is stored in place of an answer that may not be shown again.
    :raises InProgress: another transaction has the key. The request does not wait for it: waiting
        would occupy a thread, and the client can send it again.
    :raises KeyUsed: the key came with another address or body before.
    """
    whose = {"user_id": asked.user_id, "route": asked.route, "key": asked.key}
    with transaction.atomic(durable=True):
        _claim(asked)
        if known := IdempotencyKey.objects.filter(**whose).first():
            return _replay(known, asked)
        response: HttpResponse = act()
        if hasattr(response, "render"):
            response.render()
        if status.is_success(response.status_code):
            kept = response if instead is None else instead
            IdempotencyKey.objects.create(
                **whose,
                fingerprint=asked.fingerprint,
                status=kept.status_code,
                headers=dict(kept.headers),
                body=kept.content,
            )
        else:
            transaction.set_rollback(True)
    return response


def prepared(request: HttpRequest, view: Any) -> AbstractContextManager[None]:
    """Let a view do first what must not happen in the transaction in which it will run.

    A view with a static method ``prepared`` offers a context manager, which wraps the transaction.
    """
    prepare = getattr(view.cls, "prepared", None)
    if prepare is None:
        return nullcontext()
    made: AbstractContextManager[None] = prepare(
        view.cls(**view.initkwargs).initialize_request(request)
    )
    return made


def forget_old_keys(*, seconds: float) -> int:
    """Remove keys older than ``IDEMPOTENCY_KEEP_HOURS``; return how many.

    :param seconds: stop after this time; the next call goes on.
    """
    return remove_old(
        IdempotencyKey.objects.all(),
        "answered_at",
        days=settings.IDEMPOTENCY_KEEP_HOURS / 24,
        until=time.monotonic() + seconds,
    )


def _shows_secret(view: Any) -> bool:
    return getattr(view.cls, "shows_secret", False)


def _user_id(request: HttpRequest, view: Any) -> int | None:
    """Return the user's id, or ``None`` where the view will refuse the request.

    The view does not authenticate again: the result stays on the request. The throttle counts here
    already, so that repeated answers count too.

    :raises Throttled: the user has sent too many requests.
    """
    asked = view.cls(**view.initkwargs)
    try:
        wrapped = asked.initialize_request(request)
        user = wrapped.user
    except exceptions.APIException:
        return None
    owner: int | None = user.pk if user.is_authenticated else None
    if owner is None and hasattr(asked, "owner_of_keys"):
        owner = asked.owner_of_keys(wrapped)
    if owner is not None:
        asked.check_throttles(wrapped)
    return owner


def _asked(request: HttpRequest, user_id: int) -> Asked:
    route = request.resolver_match.route if request.resolver_match else ""
    key = _KEY.fullmatch(request.headers[HEADER].strip())
    if key is None:
        raise KeyInvalid
    whom = request.headers.get(ON_BEHALF_OF, "")
    whole = hashlib.sha256(f"{request.get_full_path()}\n{whom}\n".encode() + request.body)
    return Asked(user_id, route, key["key"], whole.hexdigest())


def _claim(asked: Asked) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [f"{asked.user_id} {asked.route} {asked.key}"])
        if not cursor.fetchone()[0]:
            raise InProgress


def _replay(known: IdempotencyKey, asked: Asked) -> HttpResponse:
    if known.fingerprint != asked.fingerprint:
        raise KeyUsed
    headers = {**known.headers, REPLAYED: "true"}
    return HttpResponse(bytes(known.body), status=known.status, headers=headers)
