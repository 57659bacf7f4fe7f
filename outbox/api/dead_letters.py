"""The API for operators: what each subscriber is owed, and acting on dead letters."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox.kit.http.fields import Reason, Strict, WholeNumber
from outbox.models import Lane
from outbox.operations.dead_letters import Selection
from outbox.operations.redrive import discard, redrive
from outbox.operations.status import status

MOST_AT_ONCE = 200
LARGEST_KEY = 2**63 - 1


class StandingSerializer(serializers.Serializer[Any]):
    """What one subscriber is owed."""

    subscriber = serializers.CharField()
    owed = serializers.IntegerField(help_text="Conversations in which something is owed.")
    retrying = serializers.IntegerField(
        help_text="Those whose first message has failed and is retried."
    )
    oldest_seconds = serializers.FloatField(help_text="Seconds for which the oldest has been due.")
    dead = serializers.IntegerField(help_text="Dead letters.")
    messages_per_minute = serializers.IntegerField(
        help_text="Messages for it that were published in the last minute."
    )


class DeadLetterSerializer(serializers.Serializer[Any]):
    """A message that has stopped its lane after its last attempt."""

    id = serializers.IntegerField()
    subscriber = serializers.CharField()
    message_type = serializers.CharField()
    order_id = serializers.UUIDField()
    attempts = serializers.IntegerField()
    error = serializers.CharField()
    error_type = serializers.CharField()
    died_at = serializers.DateTimeField(allow_null=True)


class ChosenSerializer(Strict):
    """Which dead letters to act on, and why."""

    dead_letters = serializers.ListField(
        child=WholeNumber(min_value=1, max_value=LARGEST_KEY),
        min_length=1,
        max_length=MOST_AT_ONCE,
        help_text="Their ids.",
    )
    reason = Reason()


class DoneSerializer(serializers.Serializer[Any]):
    dead_letters = serializers.ListField(
        child=serializers.IntegerField(), help_text="Those that were still dead letters."
    )


class ShowStatus(APIView):
    """Show what each subscriber is owed now."""

    needs: ClassVar = {"GET": "outbox.view_lane"}

    @extend_schema(
        operation_id="operations_status",
        summary="Show what is owed",
        responses=StandingSerializer(many=True),
        tags=["operations"],
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the view keeps it
        return Response([asdict(standing) for standing in status()])


class DeadLetterFilters(filters.FilterSet):  # type: ignore[misc]  # it ships no types
    subscriber = filters.CharFilter()
    message_type = filters.CharFilter()
    order = filters.UUIDFilter("correlation_id", label="Of this order.")

    class Meta:
        model = Lane
        fields: tuple[str, ...] = ()


@extend_schema_view(
    get=extend_schema(
        operation_id="dead_letters_list", summary="List dead letters", tags=["operations"]
    )
)
class ListDeadLetters(ListAPIView[Lane]):
    """Dead letters, the oldest first."""

    needs: ClassVar = {"GET": "outbox.view_lane"}
    queryset = Lane.objects.none()
    serializer_class = DeadLetterSerializer
    filterset_class = DeadLetterFilters
    ordering: ClassVar = ("id",)
    position: ClassVar = tuple[int]

    def get_queryset(self) -> QuerySet[Any, Any]:
        rows: QuerySet[Any, Any] = Lane.objects.filter(stopped=True).values(
            "id",
            "subscriber",
            "attempts",
            "error",
            "error_type",
            "message_type",
            order_id=F("correlation_id"),
            died_at=F("due_at"),
        )
        return rows


class _ActOnDeadLetters(APIView):
    act: ClassVar[Callable[..., Sequence[int]]]

    def post(self, request: Request) -> Response:
        wanted = ChosenSerializer.read(request)
        chosen = Selection(lanes=wanted["dead_letters"])
        actor = request.user.get_username()
        done = type(self).act(chosen, actor=actor, reason=wanted["reason"])
        return Response({"dead_letters": done})


def _described(verb: str, effect: str) -> Any:
    act = extend_schema(
        operation_id=f"dead_letters_{verb}",
        summary=f"{verb.capitalize()} dead letters",
        description=f"{effect} Ids that are no longer dead letters are ignored.",
        request=ChosenSerializer,
        responses=DoneSerializer,
        examples=[
            OpenApiExample(
                "Two of them",
                {"dead_letters": [17, 18], "reason": "the gateway is back"},
                request_only=True,
            )
        ],
        tags=["operations"],
    )
    return extend_schema_view(post=act)


@_described("redrive", "Each is owed again at once, in its old place and with all its attempts.")
class RedriveDeadLetters(_ActOnDeadLetters):
    needs: ClassVar = {"POST": "outbox.redrive_lane"}
    act = staticmethod(redrive)


@_described("discard", "Each is skipped without taking effect.")
class DiscardDeadLetters(_ActOnDeadLetters):
    needs: ClassVar = {"POST": "outbox.discard_lane"}
    act = staticmethod(discard)
