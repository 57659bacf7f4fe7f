"""Record what was sent to endpoints, and pause an endpoint that keeps failing.

Operators are alerted of the pause by a watch (``outbox/operations/watching.py``).
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.db import transaction

from outbox.kit.clock import database_now
from outbox.models.endpoints import WebhookAttempt, WebhookEndpoint
from outbox.registry import OutsideSubscriber, subscribers
from outbox.webhooks.posting import GONE, WebhookCall

FEWEST_FAILURES: Final = 5
"""Attempts that have to fail in a row before an endpoint is paused, however long that takes."""


def record_calls(name: str, calls: Sequence[WebhookCall]) -> None:
    """Record calls to an endpoint, in the transaction that ends or keeps their lanes."""
    if not calls:
        return
    WebhookAttempt.objects.bulk_create(_attempt(name, each) for each in calls)
    failed = [each for each in calls if each.error]
    if len(failed) < len(calls):
        accepting = WebhookEndpoint.objects.filter(pk=name, failures__gt=0)
        accepting.update(failures=0, failing_since=None)
    else:
        _count_failures(name, failed)


def record_ping(name: str, made: WebhookCall) -> None:
    """Record a test webhook, which says nothing about the endpoint's failures."""
    _attempt(name, made).save()


def _attempt(name: str, made: WebhookCall) -> WebhookAttempt:
    return WebhookAttempt(
        endpoint_id=name,
        message_id=made.webhook.id,
        event=made.webhook.event,
        correlation_id=made.webhook.conversation,
        resend_id=made.webhook.resend_id,
        attempt=made.webhook.attempt,
        status=made.status,
        milliseconds=made.milliseconds,
        excerpt=made.excerpt,
        at=database_now(),
    )


def _count_failures(name: str, failed: Sequence[WebhookCall]) -> None:
    """Add to an endpoint's failures; pause it if it has failed for too long."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=name)
    endpoint.failures += len(failed)
    endpoint.failing_since = endpoint.failing_since or database_now()
    endpoint.save(update_fields=["failures", "failing_since"])
    if not endpoint.paused_at and (because := _why_to_pause(endpoint, failed)):
        endpoint.paused_at, endpoint.paused_because = database_now(), because
        endpoint.save(update_fields=["paused_at", "paused_because"])
        transaction.on_commit(partial(_claim_no_more, endpoint.subscriber))


def _claim_no_more(name: str) -> None:
    """Let this process know at once; others read the row within seconds."""
    subscriber = subscribers.get(name)
    if isinstance(subscriber, OutsideSubscriber):
        subscriber.paused = True


def _why_to_pause(endpoint: WebhookEndpoint, failed: Sequence[WebhookCall]) -> str:
    if any(each.status == GONE for each in failed):
        return "It answered 410: it wants no more webhooks."
    patience = timedelta(minutes=settings.WEBHOOK_PAUSE_AFTER_MINUTES)
    since = endpoint.failing_since
    if since is None or endpoint.failures < FEWEST_FAILURES or database_now() - since < patience:
        return ""
    return (
        f"The last {endpoint.failures} attempts have failed, the first at"
        f" {since:%Y-%m-%d %H:%M} UTC, the last with: {failed[-1].error}."
    )
