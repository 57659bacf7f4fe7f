"""Watch messaging itself: dead letters, paused endpoints of webhooks, daily work that is late.

All are stored as rows before anyone is alerted, so a late alert is not lost, and no delivery waits
for an alert.
"""

from django.conf import settings
from django.db.models import Count, Min

from outbox.alerts import alert_while_it_lasts
from outbox.commands import AlertOperators
from outbox.kit.daily import overdue
from outbox.models import Lane, WebhookEndpoint
from outbox.wiring import publishes


@publishes(AlertOperators)
def watch_dead_letters() -> None:
    """Alert operators of dead letters, once for each subscriber and type of error."""
    kinds = (
        Lane.objects.filter(stopped=True)
        .values_list("subscriber", "error_type")
        .annotate(Count("pk"), Min("error"))
        .order_by("subscriber", "error_type")
    )
    found = {f"{row[0]} {row[1]}": row for row in kinds}

    def describe(name: str) -> tuple[str, str]:
        subscriber, error_type, count, example = found[name]
        subject = f"Dead letters at {subscriber}: {count} with {error_type or 'an error'}"
        text = (
            f"Such as: {example}. Nothing more of their conversations is handled there."
            f" manage.py outbox redrive --subscriber {subscriber} shows them"
        )
        return subject, text

    alert_while_it_lasts("dead letter", {name: row[2] for name, row in found.items()}, describe)


@publishes(AlertOperators)
def watch_paused_endpoints() -> None:
    """Alert operators of webhook endpoints that are paused because they kept failing."""
    failing = WebhookEndpoint.objects.filter(paused_at__isnull=False, paused_by="", removed_at=None)
    paused = {each.name: each.paused_because for each in failing}

    def describe(name: str) -> tuple[str, str]:
        return (
            f"The webhook endpoint {name} is paused",
            f"{paused[name]} What it is owed is kept, and sent in order once it is resumed.",
        )

    alert_while_it_lasts("paused webhook endpoint", dict.fromkeys(paused, 1), describe)


@publishes(AlertOperators)
def watch_daily_work() -> None:
    """Alert operators of daily work that has been due for longer than the setting allows."""
    late = {each.name: each for each in overdue(seconds=60 * settings.DAILY_WORK_ALERT_MINUTES)}

    def describe(name: str) -> tuple[str, str]:
        work = late[name]
        return (
            f"Daily work is {work.seconds / 3600:.1f} hours late: {name}",
            f"Last error: {work.error}" if work.error else "No worker has tried it",
        )

    alert_while_it_lasts("daily work", dict.fromkeys(late, 1), describe)
