"""Endpoints of webhooks in requests and answers."""

from typing import Any

from rest_framework import serializers

from outbox.kit.http.fields import Identifier, Reason, SingleLine, Strict, Text, WholeNumber
from outbox.models.endpoints import (
    LONGEST_NAME,
    LONGEST_URL,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookResend,
)
from outbox.webhooks.endpoints import USUAL_EVENTS
from outbox.webhooks.signing_secrets import LONGEST_OVERLAP, USUAL_OVERLAP

MOST_EVENTS = 100


class EndpointSerializer(serializers.ModelSerializer[WebhookEndpoint]):
    """An endpoint as it stands."""

    class Meta:
        model = WebhookEndpoint
        fields = (
            "name",
            "url",
            "events",
            "failures",
            "failing_since",
            "paused_at",
            "paused_because",
            "paused_by",
            "added_at",
        )
        read_only_fields = fields


class ShownSecretSerializer(serializers.Serializer[Any]):
    """The secret of an endpoint, which is shown this once."""

    name = serializers.CharField()
    secret = serializers.CharField(help_text="`whsec_…`: give it to the receiver now.")


def _events(**options: Any) -> serializers.ListField:
    return serializers.ListField(
        child=Text(max_length=60), min_length=1, max_length=MOST_EVENTS, required=False, **options
    )


class NewEndpointSerializer(Strict):
    """An endpoint to add."""

    name = SingleLine(
        max_length=LONGEST_NAME,
        help_text="Small letters, digits and underscores; it stays taken for ever.",
    )
    url = SingleLine(max_length=LONGEST_URL, help_text="`https://host/path`.")
    events = _events(help_text=f"The events it receives; {' and '.join(USUAL_EVENTS)} if missing.")
    reason = Reason()


class ChangedEndpointSerializer(Strict):
    """Changes to an endpoint; missing fields stay."""

    url = SingleLine(max_length=LONGEST_URL, required=False)
    events = _events(help_text="All events that it receives from now on.")
    reason = Reason()


class WhySerializer(Strict):
    reason = Reason()


class ReplacementSerializer(WhySerializer):
    """How a secret is replaced."""

    overlap_hours = WholeNumber(
        min_value=0,
        max_value=LONGEST_OVERLAP,
        required=False,
        default=USUAL_OVERLAP,
        help_text="How long the old secret signs as well; 0 if it has leaked.",
    )


class PingSerializer(serializers.Serializer[Any]):
    """What an endpoint answered to a test webhook."""

    accepted = serializers.BooleanField()
    status = serializers.IntegerField(allow_null=True, help_text="Of the answer, if one came.")
    milliseconds = serializers.IntegerField()
    excerpt = serializers.CharField(
        allow_blank=True, help_text="How a refusal began, or why no answer came."
    )


class AttemptSerializer(serializers.ModelSerializer[WebhookAttempt]):
    """A webhook as it was sent; `message_id` is its `webhook-id`."""

    order_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = WebhookAttempt
        fields = (
            "id",
            "message_id",
            "event",
            "order_id",
            "attempt",
            "status",
            "milliseconds",
            "excerpt",
            "at",
        )
        read_only_fields = fields


class ResendSerializer(serializers.ModelSerializer[WebhookResend]):
    """A range of the log that is sent to an endpoint again, and how far that is."""

    class Meta:
        model = WebhookResend
        fields = (
            "id",
            "since",
            "until",
            "found",
            "done",
            "asked_at",
            "all_found_at",
            "stopped_at",
        )
        read_only_fields = fields


class NewResendSerializer(WhySerializer):
    """A range: from a time or a message on, until a time or a message, or until now."""

    since = serializers.DateTimeField(required=False, help_text="Events recorded from then on.")
    until = serializers.DateTimeField(required=False, help_text="And before then.")
    first = Identifier(required=False, help_text="Or: from this message of the log on.")
    last = Identifier(required=False, help_text="Up to this one, and with it.")
