"""Pause an endpoint, and resume one; each is an operator's act."""

from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from outbox.doorbell import bell
from outbox.models.endpoints import WebhookEndpoint
from outbox.webhooks.endpoints import record_keeping, standing_endpoint


class NotPausable(Exception):
    """The endpoint is paused already, or is not paused."""


@transaction.atomic
def pause_endpoint(*, name: str, reason: str, actor: str) -> WebhookEndpoint:
    """Send an endpoint nothing until it is resumed; what it is owed is kept.

    :raises WebhookEndpoint.DoesNotExist: there is none of this name.
    :raises NotPausable: it is paused already.
    :raises ReasonMissing: no reason is given.
    """
    endpoint = standing_endpoint(name)
    if endpoint.paused_at:
        raise NotPausable(f"{name} is paused already: {endpoint.paused_because}")
    endpoint.paused_at, endpoint.paused_because = timezone.now(), reason.strip()
    endpoint.paused_by = actor
    endpoint.save(update_fields=["paused_at", "paused_because", "paused_by"])
    record_keeping("pause webhook endpoint", endpoint, actor, reason, {})
    return endpoint


@transaction.atomic
def resume_endpoint(*, name: str, reason: str, actor: str) -> WebhookEndpoint:
    """Send an endpoint what it is owed, in order, with all attempts; dead letters stay.

    :raises WebhookEndpoint.DoesNotExist: there is none of this name.
    :raises NotPausable: it is not paused.
    :raises ReasonMissing: no reason is given.
    """
    endpoint = standing_endpoint(name)
    if not endpoint.paused_at:
        raise NotPausable(f"{name} is not paused")
    was = endpoint.paused_because
    endpoint.paused_at, endpoint.paused_because, endpoint.paused_by = None, "", ""
    endpoint.failures, endpoint.failing_since = 0, None
    endpoint.save()
    with connection.cursor() as cursor:
        cursor.execute(_OWE_NOW, [endpoint.subscriber])
    details = {"was_paused_because": was}
    record_keeping("resume webhook endpoint", endpoint, actor, reason, details)
    transaction.on_commit(lambda: bell.ring([endpoint.subscriber]))
    return endpoint


# A locked lane is being handled at this moment.
_OWE_NOW: Final = """
UPDATE outbox_lane SET due_at = clock_timestamp(), attempts = 0
WHERE id = ANY(ARRAY(
    SELECT id FROM outbox_lane
    WHERE subscriber = %s AND NOT stopped AND claim IS NULL AND due_at > now()
    FOR UPDATE SKIP LOCKED))
"""
