"""Alert operators about money that has been at risk for too long."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Min, Sum
from django.db.models.functions import Now

from outbox.alerts import alert_while_it_lasts
from outbox.commands import AlertOperators
from outbox.kit.money import money
from outbox.wiring import publishes
from readmodels.models import MoneyAtRisk, Risk


@publishes(AlertOperators)
def watch_money() -> None:
    """Alert operators about money at risk beyond the time in the settings, by risk and currency."""
    age = timedelta(minutes=settings.MONEY_AT_RISK_ALERT_MINUTES)
    rows = (
        MoneyAtRisk.objects.filter(amount__gt=0, since__lt=Now() - age)
        .values_list("risk", "currency")
        .annotate(Count("pk"), Sum("amount"), Min("since"))
        .order_by("risk", "currency")
    )
    found = {f"{risk} {currency}": (risk, currency, *rest) for risk, currency, *rest in rows}

    def describe(name: str) -> tuple[str, str]:
        risk, currency, count, amount, since = found[name]
        subject = f"Money at risk: {money(amount, currency)} of {count} orders"
        text = (
            f"{Risk(risk).label.capitalize()}, the oldest since {since:%Y-%m-%d %H:%M} UTC."
            " GET /api/v1/money-at-risk lists them"
        )
        return subject, text

    counts = {name: count for name, (_, _, count, *_) in found.items()}
    alert_while_it_lasts("money at risk", counts, describe)
