"""Accounts of customers: sign-up, confirmation, sessions of browsers, passwords."""

from typing import Any, Final

from django.contrib.auth import login, logout
from django.middleware.csrf import get_token
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.account_problems import ACCOUNTS, SignInRefused
from orders.api.signing_in import user_with
from orders.serializers.accounts import (
    ConfirmedSerializer,
    MailboxSerializer,
    PurposeSerializer,
    SessionSerializer,
    SignInSerializer,
    SignUpSerializer,
)

A_MINUTE: Final = 20
"""Requests of this kind from one address in a minute; each costs a mail or a hash."""
SAME_ANSWER: Final = "The answer is the same whether or not the address has an account."


class SignUps(APIView):
    """Ask for an account."""

    permission_classes = ()
    requests_per_minute = A_MINUTE

    @extend_schema(
        operation_id="account_sign_up",
        auth=[],
        summary="Sign up",
        description=f"Mails a link that leads to an account. {SAME_ANSWER}",
        request=SignUpSerializer,
        responses={202: None},
        examples=[
            OpenApiExample(
                "Ada", {"email": "ada@shop.example", "name": "Ada Lovelace"}, request_only=True
            )
        ],
        tags=["account"],
    )
    def post(self, request: Request) -> Response:
        services.ask_to_sign_up(**SignUpSerializer.read(request))
        return Response(status=202)


class PasswordResets(APIView):
    """Ask for a new password."""

    permission_classes = ()
    requests_per_minute = A_MINUTE

    @extend_schema(
        operation_id="account_reset_password",
        auth=[],
        summary="Ask for a new password",
        description=f"Mails a link with which to choose one. {SAME_ANSWER}",
        request=MailboxSerializer,
        responses={202: None},
        examples=[OpenApiExample("Ada", {"email": "ada@shop.example"}, request_only=True)],
        tags=["account"],
    )
    def post(self, request: Request) -> Response:
        services.ask_for_password(**MailboxSerializer.read(request))
        return Response(status=202)


class Confirmations(APIView):
    """Use the link of a mail."""

    permission_classes = ()
    requests_per_minute = A_MINUTE
    refusals = ACCOUNTS

    @extend_schema(
        operation_id="account_confirm",
        auth=[],
        summary="Confirm an e-mail address",
        description=(
            "Takes the token of a mail: it opens an account, sets a new password (which ends all "
            "sessions), or changes the address. It works once."
        ),
        request=ConfirmedSerializer,
        responses=PurposeSerializer,
        examples=[
            OpenApiExample(
                "A link",
                {"token": "0f…:s1gnature", "password": "nine wooden teapots"},
                request_only=True,
            )
        ],
        tags=["account"],
    )
    def post(self, request: Request) -> Response:
        wanted = ConfirmedSerializer.read(request)
        done = services.confirm(token=wanted["token"], password=wanted.get("password"))
        return Response({"purpose": done.purpose})


class Session(APIView):
    """The session of a browser, in a cookie that no script can read."""

    permission_classes = ()

    @property
    def requests_per_minute(self) -> int | None:
        return A_MINUTE if self.request.method == "POST" else None

    @extend_schema(
        operation_id="account_session",
        auth=[],
        summary="Read the session",
        description="Gives the token against forgery that signing in needs, too.",
        responses=SessionSerializer,
        tags=["account"],
    )
    def get(self, request: Request) -> Response:
        return Response(_session(request))

    @extend_schema(
        operation_id="account_sign_in",
        auth=[],
        summary="Sign in",
        description=(
            "Begins a session; each request within `SESSION_IDLE_MINUTES` prolongs it, up to "
            "`SESSION_HOURS`. Needs `X-CSRFToken`. Too many wrong passwords lock the account and "
            "the address for a while."
        ),
        request=SignInSerializer,
        responses=SessionSerializer,
        examples=[
            OpenApiExample(
                "Ada",
                {"email": "ada@shop.example", "password": "nine wooden teapots"},
                request_only=True,
            )
        ],
        tags=["account"],
    )
    def post(self, request: Request) -> Response:
        SessionAuthentication().enforce_csrf(request)
        user = user_with(request, **SignInSerializer.read(request))
        if user is None:
            raise SignInRefused
        login(request._request, user, backend="django.contrib.auth.backends.ModelBackend")  # noqa: SLF001 - where DRF leaves Django's request
        request.user = user
        return Response(_session(request))

    @extend_schema(
        operation_id="account_sign_out",
        auth=[],
        summary="Sign out",
        responses={204: None},
        tags=["account"],
    )
    def delete(self, request: Request) -> Response:
        logout(request._request)  # noqa: SLF001 - likewise
        return Response(status=204)


def _session(request: Request) -> dict[str, Any]:
    customer = getattr(request.user, "customer", None)
    return {
        "customer_id": customer and str(customer.id),
        "csrf_token": get_token(request._request),  # noqa: SLF001 - likewise
    }
