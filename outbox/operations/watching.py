"""Look for what messaging itself has to alert operators of: dead letters, and daily work not done.

Both are rows before anybody is alerted, so an alert that is late is not lost, and nothing that
fails or waits has to wait for its alert.
"""

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min
from uuid_utils.compat import uuid7

from outbox.alerts import alert_operators
from outbox.commands import AlertOperators
from outbox.kit import alarms
from outbox.kit.daily import overdue
from outbox.models import Lane
from outbox.wiring import publishes

DEAD_LETTER, DAILY_WORK = "dead letter", "daily work"


@publishes(AlertOperators)
def watch_dead_letters() -> None:
    """Alert operators of dead letters, once for each subscriber and type of error."""
    kinds = (
        Lane.objects.filter(stopped=True)
        .values_list("subscriber", "error_type")
        .annotate(Count("pk"), Min("error"))
        .order_by("subscriber", "error_type")
    )
    found = {
        f"{subscriber} {error_type}": row for row in kinds for subscriber, error_type in [row[:2]]
    }
    with transaction.atomic():
        alarms.end_others(DEAD_LETTER, found)
        for name in alarms.news(DEAD_LETTER, {name: row[2] for name, row in found.items()}):
            subscriber, error_type, count, example = found[name]
            alert_operators(
                subject=f"Dead letters at {subscriber}: {count} with {error_type or 'an error'}",
                text=f"Such as: {example}. Nothing more of their conversations is handled there."
                f" manage.py outbox redrive --subscriber {subscriber} shows them",
                conversation=uuid7(),
            )


@publishes(AlertOperators)
def watch_daily_work() -> None:
    """Alert operators of daily work that has been due for longer than the setting allows."""
    late = {each.name: each for each in overdue(seconds=60 * settings.DAILY_WORK_ALERT_MINUTES)}
    with transaction.atomic():
        alarms.end_others(DAILY_WORK, late)
        for name in alarms.news(DAILY_WORK, dict.fromkeys(late, 1)):
            each = late[name]
            alert_operators(
                subject=f"Daily work is {each.seconds / 3600:.1f} hours late: {name}",
                text=f"Last error: {each.error}" if each.error else "No worker has tried it",
                conversation=uuid7(),
            )
