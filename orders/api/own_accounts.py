"""One's own account: its password, its address, and the end of its sessions."""

from typing import ClassVar, cast

from django.contrib.auth import logout
from django.contrib.auth.models import User
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import services
from orders.api.access import customer_of
from orders.api.account_problems import ACCOUNTS, SignInRefused
from orders.api.accounts import A_MINUTE
from orders.api.signing_in import checked
from orders.serializers.accounts import (
    NewPasswordSerializer,
    OwnPasswordSerializer,
    SignInSerializer,
)
from outbox.kit.http.permissions import AUTHENTICATED


class SignOutEverywhere(APIView):
    """End all sessions of one's account."""

    needs: ClassVar = {"POST": AUTHENTICATED}
    requests_per_minute = A_MINUTE

    @extend_schema(
        operation_id="account_sign_out_everywhere",
        summary="Sign out everywhere",
        request=OwnPasswordSerializer,
        responses={204: None},
        examples=[OpenApiExample("Ada", {"password": "nine wooden teapots"}, request_only=True)],
        tags=["account"],
    )
    def post(self, request: Request) -> Response:
        customer_of(request)
        wanted = OwnPasswordSerializer.read(request)
        services.end_sessions(user=_proven(request, wanted["password"]), **wanted)
        logout(request._request)  # noqa: SLF001 - likewise
        return Response(status=204)


class OwnPassword(APIView):
    """Change one's own password."""

    needs: ClassVar = {"POST": AUTHENTICATED}
    requests_per_minute = A_MINUTE
    refusals = ACCOUNTS

    @extend_schema(
        operation_id="account_change_password",
        summary="Change one's own password",
        description="Ends all sessions: sign in again.",
        request=NewPasswordSerializer,
        responses={204: None},
        examples=[
            OpenApiExample(
                "Ada",
                {"password": "nine wooden teapots", "new_password": "ten wooden teapots"},
                request_only=True,
            )
        ],
        tags=["account"],
    )
    def post(self, request: Request) -> Response:
        customer_of(request)
        wanted = NewPasswordSerializer.read(request)
        user = _proven(request, wanted["password"])
        services.change_password(user=user, password=wanted["new_password"])
        logout(request._request)  # noqa: SLF001 - likewise
        return Response(status=204)


class OwnEmail(APIView):
    """Change the address with which one signs in."""

    needs: ClassVar = {"POST": AUTHENTICATED}
    requests_per_minute = A_MINUTE

    @extend_schema(
        operation_id="account_change_email",
        summary="Change one's own e-mail address",
        description="Mails a link to the new address, which is taken once that is confirmed.",
        request=SignInSerializer,
        responses={202: None},
        examples=[
            OpenApiExample(
                "Moved",
                {"email": "ada@home.example", "password": "nine wooden teapots"},
                request_only=True,
            )
        ],
        tags=["account"],
    )
    def post(self, request: Request) -> Response:
        customer = customer_of(request)
        wanted = SignInSerializer.read(request)
        _proven(request, wanted["password"])
        services.ask_for_other_email(customer=customer, email=wanted["email"])
        return Response(status=202)


def _proven(request: Request, password: str) -> User:
    """Return the requesting account once its password is right; wrong ones lock it.

    :raises SignInRefused: it is not.
    """
    user = checked(request, cast("User", request.user), password)
    if user is None:
        raise SignInRefused
    return user
