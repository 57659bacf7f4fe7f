"""Service tokens in the API: staff issue, list and revoke them."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.access.scopes import SCOPES
from config.access.tokens import TokenNotIssued, issue_service_token, revoke_token
from config.models import ApiToken
from outbox.kit.http.fields import Reason, SingleLine, Strict, WholeNumber


class TokenWouldBeStored(APIException):
    """The answer has a secret, and answers to an Idempotency-Key are stored: send none."""

    status_code = 422
    default_code = "token_would_be_stored"
    default_detail = "The token would be stored with the answer: leave the Idempotency-Key out."


class NewServiceTokenSerializer(Strict):
    """What a storefront's server is to be allowed."""

    name = SingleLine(max_length=80, help_text="What it is for.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(sorted(SCOPES)), min_length=1, max_length=len(SCOPES)
    )
    days = WholeNumber(
        min_value=1, max_value=3650, required=False, help_text="`API_TOKEN_DAYS` if left out."
    )
    reason = Reason()


class RevokedSerializer(Strict):
    reason = Reason()


class ServiceTokenSerializer(serializers.ModelSerializer[ApiToken]):
    scopes = serializers.ListField(child=serializers.ChoiceField(sorted(SCOPES)), read_only=True)

    class Meta:
        model = ApiToken
        fields = ("id", "name", "scopes", "created_at", "expires_at", "revoked_at")
        read_only_fields = fields


class IssuedServiceTokenSerializer(ServiceTokenSerializer):
    token = serializers.CharField(read_only=True, help_text="Shown once; it is not stored.")

    class Meta:
        model = ApiToken
        fields = (*ServiceTokenSerializer.Meta.fields, "token")
        read_only_fields = fields


class ServiceTokenListSerializer(serializers.Serializer[Any]):
    results = ServiceTokenSerializer(many=True)


class ServiceTokens(APIView):
    """All service tokens; staff only."""

    needs: ClassVar = {"GET": "config.view_apitoken", "POST": "config.issue_token"}

    @extend_schema(
        operation_id="service_tokens_list",
        summary="List service tokens",
        description="The newest first, with those that have expired or were revoked.",
        responses=ServiceTokenListSerializer,
        tags=["service tokens"],
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - of every view
        rows = ApiToken.objects.exclude(scopes=[]).order_by("-pk")
        return Response({"results": ServiceTokenSerializer(rows, many=True).data})

    @extend_schema(
        operation_id="service_tokens_issue",
        summary="Issue a service token",
        description=(
            "A storefront's server acts with it for any customer, whom the header `On-Behalf-Of` "
            "names by id, within its scopes. The token is shown once. Send no `Idempotency-Key`: "
            "the answer would be stored."
        ),
        request=NewServiceTokenSerializer,
        responses={201: IssuedServiceTokenSerializer},
        examples=[
            OpenApiExample(
                "A web shop",
                {"name": "web shop", "scopes": ["orders:place", "orders:read"], "reason": "launch"},
                request_only=True,
            )
        ],
        tags=["service tokens"],
    )
    def post(self, request: Request) -> Response:
        wanted = NewServiceTokenSerializer.read(request)
        if "Idempotency-Key" in request.headers:
            raise TokenWouldBeStored
        token, secret = issue_service_token(**wanted, actor=request.user.get_username())
        return Response({**ServiceTokenSerializer(token).data, "token": secret}, status=201)


class RevokeServiceToken(APIView):
    """Revoke a service token."""

    needs: ClassVar = {"POST": "config.revoke_token"}

    @extend_schema(
        operation_id="service_tokens_revoke",
        summary="Revoke a service token",
        description="It is refused from now on; this is final.",
        request=RevokedSerializer,
        responses=ServiceTokenSerializer,
        examples=[OpenApiExample("Leaked", {"reason": "in a public log"}, request_only=True)],
        tags=["service tokens"],
    )
    def post(self, request: Request, token_id: int) -> Response:
        reason = RevokedSerializer.read(request)["reason"]
        if not ApiToken.objects.filter(pk=token_id).exclude(scopes=[]).exists():
            raise NotFound("There is no such service token.")
        try:
            token = revoke_token(token_id, reason=reason, actor=request.user.get_username())
        except TokenNotIssued as error:
            raise NotFound(str(error)) from error
        return Response(ServiceTokenSerializer(token).data)
