"""What payments does by the clock."""

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
    """Compare the days that are over, gateway by gateway, and flag the payments that differ.

    :raises GatewaySilent: gateways do not tell; they are asked again later, the others are done.
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
    """Let no hold run out for want of an answer: see to those that nobody has called for."""
    leave_unanswered_unknown()


@shared_task(name="payments.retain")
def retain() -> None:
    """Remove webhooks and reconciliations that are over, for a few seconds."""
    remove_what_is_over(seconds=SECONDS_TO_REMOVE)
