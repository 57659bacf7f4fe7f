"""Scheduled tasks of payments."""

from datetime import time

import structlog
from celery import shared_task

from outbox.kit.daily import Days, daily
from payments.gateways.port import GatewaySilent, UnknownGateway
from payments.models import Reconciliation
from payments.reconciliation import KeepsNoBook, gateways_to_reconcile, reconcile
from payments.retention import remove_what_is_over
from payments.services import leave_unanswered_unknown

log = structlog.get_logger()

SECONDS_TO_REMOVE = 10.0


@daily("payments.reconcile", at=time(3, 30))
def reconcile_days(days: Days) -> None:
    """Reconcile past days with each gateway, and flag the payments that differ.

    :raises GatewaySilent: some gateways do not answer; a later run retries those only.
    """
    silent = []
    for name in gateways_to_reconcile():
        done = Reconciliation.objects.filter(gateway=name, since=days.since, until=days.until)
        if done.exists():
            continue
        try:
            differences = reconcile(gateway=name, since=days.since, until=days.until, flag=True)
        except (KeepsNoBook, UnknownGateway) as error:
            log.warning("not_reconciled", gateway=name, error=str(error))
        except GatewaySilent as error:
            silent.append(f"{name}: {error}")
        else:
            if differences:
                log.error("reconciliation_differs", gateway=name, differences=len(differences))
    if silent:
        raise GatewaySilent("; ".join(silent))


@shared_task(name="payments.leave_unanswered_unknown")
def keep_goods_of_the_unanswered() -> None:
    """Mark authorizations as unknown that were not called in time, so that their holds stay."""
    leave_unanswered_unknown()


@shared_task(name="payments.retain")
def retain() -> None:
    """Remove old webhooks and reconciliations, for a few seconds."""
    remove_what_is_over(seconds=SECONDS_TO_REMOVE)
