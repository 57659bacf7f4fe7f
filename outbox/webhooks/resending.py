"""Send a range of the log to one endpoint again: an operator's act, carried out by workers.

A worker goes through the range, a page per transaction, and publishes for each event that it be
sent again. Those messages are in conversations of their own, one for each of the original ones, so
that lanes keep the order, retry, and end as for any other webhook.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from outbox.commands import ResendWebhooks
from outbox.events import ResendRequested
from outbox.models.endpoints import WebhookResend
from outbox.models.log import Message
from outbox.operations.status import first_id
from outbox.publishing import publish
from outbox.registry import subscribers
from outbox.webhooks import registered
from outbox.webhooks.endpoints import record_keeping, standing_endpoint
from outbox.wiring import publishes

PAGE: Final = 200
"""Events of one transaction."""

SKEW: Final = timedelta(hours=1)
"""By how much the clocks of processes, which make ids, may differ from the database's."""


class ResendRefused(ValueError):
    """This range cannot be sent again."""


@publishes(ResendWebhooks)
@transaction.atomic
def start_resend(  # noqa: PLR0913 - each has its name at the call
    *,
    name: str,
    reason: str,
    actor: str,
    since: datetime | None = None,
    until: datetime | None = None,
    first: UUID | None = None,
    last: UUID | None = None,
) -> WebhookResend:
    """Send an endpoint the chosen events of a range again, whether it was sent them before or not.

    :param since: the beginning; or ``first``, a message of the log.
    :param until: the end, which is not included; or ``last``, a message that is. Else now.
    :raises WebhookEndpoint.DoesNotExist: there is none of this name.
    :raises ResendRefused: the range means nothing, or another one is being looked through.
    :raises ReasonMissing: no reason is given.
    """
    endpoint = standing_endpoint(name)
    if endpoint.resends.filter(all_found_at=None, stopped_at=None).exists():
        raise ResendRefused(f"{name} has a range that is being looked through: stop it, or wait.")
    begins = _recorded_at(first) if first else since
    ends = _recorded_at(last) + timedelta(microseconds=1) if last else until or timezone.now()
    if begins is None or begins >= ends:
        raise ResendRefused("A range begins with since or first, and ends later.")
    resend = WebhookResend.objects.create(endpoint=endpoint, since=begins, until=ends)
    details = {"since": begins.isoformat(), "until": ends.isoformat()}
    record_keeping("resend webhooks", endpoint, actor, reason, details)
    publish(ResendWebhooks(resend_id=resend.id), conversation=resend.id)
    return resend


@transaction.atomic
def stop_resend(*, resend_id: UUID, reason: str, actor: str) -> WebhookResend:
    """Send nothing more of a range; what is being sent at this moment still is.

    :raises WebhookResend.DoesNotExist: there is none.
    :raises ResendRefused: it was stopped before.
    :raises ReasonMissing: no reason is given.
    """
    resend = WebhookResend.objects.select_for_update().get(pk=resend_id)
    if resend.stopped_at:
        raise ResendRefused("This range was stopped before.")
    resend.stopped_at = timezone.now()
    resend.save(update_fields=["stopped_at"])
    record_keeping("stop resending webhooks", resend.endpoint, actor, reason, {})
    return resend


@publishes(ResendRequested)
def request_some(resend_id: UUID) -> None:
    """Request the next events of a range, and go on with the rest in another transaction."""
    resend = WebhookResend.objects.select_for_update().get(pk=resend_id)
    if resend.stopped_at or resend.endpoint.removed_at or resend.all_found_at:
        return
    if resend.endpoint.subscriber not in subscribers:
        registered.read()
    page = list(_range(resend).order_by("id")[:PAGE])
    found = sorted([*page, *_behind(resend, page)], key=_place)
    for each in found:
        publish(
            ResendRequested(resend_id=resend.id, message_id=each.id),
            conversation=uuid5(resend.id, str(each.correlation_id)),
            flow=resend.endpoint.subscriber,
        )
    resend.found += len(found)
    if len(page) == PAGE:
        resend.reached = page[-1].id
        publish(ResendWebhooks(resend_id=resend.id), conversation=resend.id)
    else:
        resend.all_found_at = timezone.now()
    resend.save(update_fields=["found", "reached", "all_found_at"])


def _range(resend: WebhookResend) -> QuerySet[Message]:
    """Return the events of a range that were not looked at yet; ids follow time, about."""
    begin = resend.reached or first_id((resend.since - SKEW).timestamp())
    return Message.objects.filter(
        id__gt=begin,
        id__lt=first_id((resend.until + SKEW).timestamp()),
        recorded_at__gte=resend.since,
        recorded_at__lt=resend.until,
        type__in=resend.endpoint.events,
    ).only("id", "correlation_id", "sequence")


def _behind(resend: WebhookResend, page: Sequence[Message]) -> list[Message]:
    """Return events behind a full page that come before some in it: clocks of processes differ.

    They are found again with the next page, and sent twice under the same id.
    """
    if len(page) < PAGE:
        return []
    latest: dict[UUID, int] = {}
    for each in page:
        latest[each.correlation_id] = max(latest.get(each.correlation_id, 0), each.sequence)
    earlier = Q(pk__in=[])
    for conversation, sequence in latest.items():
        earlier |= Q(correlation_id=conversation, sequence__lt=sequence)
    return list(_range(resend).filter(earlier, id__gt=page[-1].id))


def _place(message: Message) -> tuple[UUID, int]:
    return message.correlation_id, message.sequence


def _recorded_at(message_id: UUID) -> datetime:
    found = Message.objects.filter(pk=message_id).values_list("recorded_at", flat=True).first()
    if found is None:
        raise ResendRefused(f"The log has no message {message_id}.")
    return found
