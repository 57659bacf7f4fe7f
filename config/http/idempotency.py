"""``Idempotency-Key``: a POST that is sent again is answered as before, and done once.

What a request did, its key and its answer are one commit, so that a request whose end nobody saw is
either done and answered from here, or not done at all and done now. A key belongs to a user and a
route. Only success is kept: a refusal has changed nothing, and its key is free.

Source: draft-ietf-httpapi-idempotency-key-header; ADR 13.
"""

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from rest_framework import exceptions, status
from rest_framework.exceptions import APIException

from config.http.parsers import LARGEST_BODY
from config.http.problems import DatabaseAway, refuse
from config.models import IdempotencyKey
from config.postgresql.errors import DatabaseUnavailable
from outbox.kit.rows.removal import remove_old

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
"""Marks an answer that was given before."""

_KEY = re.compile(r'(?P<quote>"?)(?P<key>[!#-\[\]-~]{8,255})(?P=quote)')
_CLAIM = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))"


class KeyInvalid(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "idempotency_key_invalid"
    default_detail = f"{HEADER} has to be 8 to 255 visible ASCII characters, without quotes."


class KeyUsed(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_used"
    default_detail = f"This {HEADER} came with another request before: take a new one."


class InProgress(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "request_in_progress"
    default_detail = f"A request with this {HEADER} is being answered: send it again in a second."


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as its key knows it."""

    user_id: int
    route: str
    key: str
    fingerprint: str


class IdempotencyKeys:
    """The last middleware, so that nothing but the view runs in its transaction."""

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
        """Answer a POST of the API that bears a key; the view answers all others itself."""
        if request.method != "POST" or HEADER not in request.headers or not hasattr(view, "cls"):
            return None
        try:
            user_id = _who_asks(request, view)
            if user_id is None or int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
                return None
            return answer_once(_asked(request, user_id), lambda: view(request, *args, **kwargs))
        except (KeyInvalid, KeyUsed, InProgress, exceptions.Throttled) as refusal:
            return refuse(request, refusal)
        except DatabaseUnavailable:
            return refuse(request, DatabaseAway())


def answer_once(asked: Asked, act: Callable[[], Any]) -> HttpResponse:
    """Answer as this key was answered before; else act, and keep the answer with what was done.

    :raises InProgress: another transaction acts on it. Nobody waits for it: a client that is told
        so comes again, while threads that wait are missing for everybody.
    :raises KeyUsed: it came with another address or body before.
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
            IdempotencyKey.objects.create(
                **whose,
                fingerprint=asked.fingerprint,
                status=response.status_code,
                headers=dict(response.headers),
                body=response.content,
            )
        else:
            transaction.set_rollback(True)
    return response


def forget_old_keys(*, seconds: float) -> int:
    """Remove the keys that are older than the setting says; return how many.

    :param seconds: stop after this time; the next call goes on.
    """
    rows = IdempotencyKey.objects.all()
    return remove_old(
        rows,
        "answered_at",
        keep=timedelta(hours=settings.IDEMPOTENCY_KEEP_HOURS),
        until=time.monotonic() + seconds,
        remove=lambda keys: rows.filter(pk__in=keys).delete()[0],
    )


def _who_asks(request: HttpRequest, view: Any) -> int | None:
    """Name the user, or nobody where the view will refuse to answer.

    The authentication is remembered on the request: the view asks for no second one. The throttle
    counts here already, so that an answer which is only repeated counts too.

    :raises Throttled: the user has asked too much.
    """
    asked = view.cls(**view.initkwargs)
    try:
        wrapped = asked.initialize_request(request)
        user = wrapped.user
    except exceptions.APIException:
        return None
    if not user.is_authenticated:
        return None
    asked.check_throttles(wrapped)
    return int(user.pk)


def _asked(request: HttpRequest, user_id: int) -> Asked:
    route = request.resolver_match.route if request.resolver_match else ""
    key = _KEY.fullmatch(request.headers[HEADER].strip())
    if key is None:
        raise KeyInvalid
    whole = hashlib.sha256(request.get_full_path().encode() + b"\n" + request.body)
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
