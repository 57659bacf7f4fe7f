"""What payments does by the clock."""

from datetime import time

import structlog
from celery import shared_task
from django.conf import settings

from outbox.kit.daily import Days, daily
from payments.reconciliation import KeepsNoBook, reconcile
from payments.retention import remove_what_is_over
from payments.services import leave_unanswered_unknown

log = structlog.get_logger()

SECONDS_TO_REMOVE = 10.0


@daily("payments.reconcile", at=time(3, 30))
def reconcile_days(days: Days) -> None:
    """Compare the days that are over, and flag the payments that differ.

    :raises GatewaySilent: the gateway does not tell; it is asked again later.
    """
    name = settings.PAYMENT_GATEWAY
    try:
        differences = reconcile(gateway=name, since=days.since, until=days.until, flag=True)
    except KeepsNoBook as error:
        log.warning("not_reconciled", gateway=name, error=str(error))
    else:
        if differences:
            log.error("reconciliation_differs", gateway=name, differences=len(differences))


@shared_task(name="payments.leave_unanswered_unknown")
def keep_goods_of_the_unanswered() -> None:
    """Let no hold run out for want of an answer: see to those that nobody has called for."""
    leave_unanswered_unknown()


@shared_task(name="payments.retain")
def retain() -> None:
    """Remove webhooks and reconciliations that are over, for a few seconds."""
    remove_what_is_over(seconds=SECONDS_TO_REMOVE)
