"""What payments does by the clock."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from payments.gateways.port import GatewaySilent
from payments.reconciling import KeepsNoBook, reconcile
from payments.retention import remove_what_is_over
from payments.services import leave_unanswered_unknown

log = structlog.get_logger()

SECONDS_AT_MOST = 1800
SECONDS_TO_REMOVE = 10.0


@shared_task(name="payments.reconcile", time_limit=SECONDS_AT_MOST)
def reconcile_yesterday() -> None:
    """Compare the day that is over, by UTC, and flag the payments that differ."""
    until = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    name = settings.PAYMENT_GATEWAY
    try:
        differences = reconcile(
            gateway=name, since=until - timedelta(days=1), until=until, flag=True
        )
    except (KeepsNoBook, GatewaySilent) as error:
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
