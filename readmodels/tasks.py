"""Scheduled tasks of read models."""

from datetime import time

from celery import shared_task

from outbox.kit.daily import Days, daily
from readmodels import risk
from readmodels.drift import sampling
from readmodels.lag import watch
from readmodels.rebuild.by_workers import advance_rebuilds

LONGEST_STEP = 1800
"""Seconds: comparing a large table is one step."""


@shared_task(name="readmodels.watch_lag")
def watch_lag() -> None:
    """Alert operators when a read model is too far behind."""
    watch()


@shared_task(name="readmodels.watch_money")
def watch_money() -> None:
    """Alert operators when money has been at risk for too long."""
    risk.watch_money()


@shared_task(name="readmodels.look_for_drift")
def look_for_drift() -> None:
    """Compare a few rows of each read model with the contexts' tables."""
    sampling.look_for_drift()


@shared_task(name="readmodels.rebuild", time_limit=LONGEST_STEP)
def go_on_rebuilding() -> None:
    """Take the next step of the rebuilds that operators have begun."""
    advance_rebuilds()


@daily("readmodels.add_up", at=time(4, 15))
def add_up(_: Days) -> None:
    """Compare all totals with their shares."""
    sampling.add_up()
