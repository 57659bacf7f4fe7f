"""Reads the environment variables once and refuses what it does not understand.

Every variable of the project is a field of :class:`Environment`. A wrong value stops the start with
one line that names the variable and says what it wants.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured

from config.environment import values
from config.environment.production import (
    refuse_any_host,
    refuse_open_base,
    refuse_open_broker,
    refuse_open_cookies,
    refuse_play_money,
    refuse_public_secrets,
    refuse_unknown,
)
from config.environment.values import ValueKind
from config.mail import Mail
from outbox.kit.secret import Secret
from outbox.webhooks.endpoints import Endpoint

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".local"

DEVELOPMENT_KEY = "known-to-everybody-and-good-for-development-only-0123"
DEVELOPMENT_WEBHOOK_SECRET = "known-to-everybody-too"  # noqa: S105 - that is why it is for DEBUG=1 only
LOCAL_HOSTS = "localhost,127.0.0.1,[::1]"

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the environment asks for. Durations are seconds."""

    debug: bool
    https: bool
    secret_key: Secret
    allowed_hosts: list[str]
    database: dict[str, Any]
    readmodel_database: dict[str, Any] | None
    database_pooling: str
    database_prepare: bool
    broker_url: str
    statement_timeout: int
    order_flow: str
    payment_gateway: str
    sandbox_allowed: bool
    sandbox_book: Path
    sandbox_delay: float
    admins: list[str]
    alert_webhook: Secret
    sandbox_webhook_secrets: list[Secret]
    stripe_api_key: Secret
    stripe_webhook_secrets: list[Secret]
    stripe_api_base: str
    gateway_calls_at_once: int
    gateway_calls_per_second: float
    refund_approval_above: int
    outbox_batch: int
    outbox_lease: int
    outbox_follow_up: bool
    readmodel_lag_alert: int
    order_overdue: int
    money_at_risk_alert: int
    daily_work_alert: int
    alert_again: int
    unpaid_holds: int
    outbox_keep_failures: int | None
    outbox_keep_log: int | None
    payments_keep_webhooks: int | None
    payments_keep_reconciliations: int | None
    webhooks: list[Endpoint]
    webhook_private_addresses: bool
    mail: Mail
    mail_from: str
    api_requests: int
    api_token_days: int
    proxies: int
    login_failures: int
    login_lock: int
    password_length: int
    session_hours: int
    session_idle: int
    staff_totp: bool
    idempotency_keep: int
    waits_at_once: int
    metrics_token: Secret
    tracing: str


def read_environment(variables: Mapping[str, str] = os.environ) -> Environment:
    """Return the validated environment.

    :raises ImproperlyConfigured: a variable is missing, or is none of ours, or has a value that
        means nothing here or is unsafe in production.
    """
    known = set()

    def read(name: str, kind: ValueKind[T], default: str | None = None) -> T:
        known.add(name)
        return _read(variables, name, kind, default)

    debug = read("DEBUG", values.SWITCH, "0")
    mail = read("EMAIL_URL", values.MAIL, "none")
    payment_gateway = read("PAYMENT_GATEWAY", values.NAME, "sandbox" if debug else None)
    unless_stripe = None if payment_gateway == "stripe" else ""
    in_development = DEVELOPMENT_WEBHOOK_SECRET if debug else ""
    database = read("DATABASE_URL", values.POSTGRESQL)
    environment = Environment(
        debug=debug,
        https=read("HTTPS", values.SWITCH, "0" if debug else "1"),
        secret_key=read("SECRET_KEY", values.SECRET, DEVELOPMENT_KEY if debug else None),
        allowed_hosts=read("ALLOWED_HOSTS", values.NAMES, LOCAL_HOSTS if debug else None),
        database=database,
        readmodel_database=(
            _another(read("READMODEL_DATABASE_URL", values.POSTGRESQL), than=database)
            if variables.get("READMODEL_DATABASE_URL")
            else None
        ),
        database_pooling=read("DATABASE_POOLING", values.POOLING, "none"),
        database_prepare=read("DATABASE_PREPARE", values.SWITCH, "1"),
        broker_url=(
            read("BROKER_URL", values.BROKER)
            if variables.get("BROKER_URL")
            else read("REDIS_URL", values.REDIS)
        ),
        statement_timeout=read("STATEMENT_TIMEOUT_SECONDS", values.COUNT, "10"),
        order_flow=read("ORDER_FLOW", values.NAME, "charge_first"),
        payment_gateway=payment_gateway,
        sandbox_allowed=read("SANDBOX_ALLOWED", values.SWITCH, "1" if debug else "0"),
        sandbox_book=read("SANDBOX_BOOK", values.PATH, str(STATE / "sandbox-book.sqlite3")),
        sandbox_delay=read("SANDBOX_DELAY_SECONDS", values.SECONDS, "0"),
        admins=read("ADMINS", values.ADDRESSES, ""),
        alert_webhook=read("ALERT_WEBHOOK_URL", values.SECRET_ADDRESS, ""),
        sandbox_webhook_secrets=read(
            "SANDBOX_WEBHOOK_SECRET", values.SIGNING_SECRETS, in_development
        ),
        stripe_api_key=read("STRIPE_API_KEY", values.STRIPE_KEY, unless_stripe),
        stripe_webhook_secrets=read("STRIPE_WEBHOOK_SECRET", values.SIGNING_SECRETS, unless_stripe),
        stripe_api_base=read("STRIPE_API_BASE", values.WEB_ADDRESS, "https://api.stripe.com"),
        gateway_calls_at_once=read("GATEWAY_CALLS_AT_ONCE", values.COUNT, "16"),
        gateway_calls_per_second=read("GATEWAY_CALLS_PER_SECOND", values.RATE, "0"),
        refund_approval_above=read("REFUND_APPROVAL_ABOVE", values.COUNT, "50000"),
        outbox_batch=read("OUTBOX_BATCH", values.COUNT, "200"),
        outbox_lease=read("OUTBOX_LEASE_SECONDS", values.COUNT, "15"),
        outbox_follow_up=read("OUTBOX_FOLLOW_UP", values.SWITCH, "1"),
        readmodel_lag_alert=read("READMODEL_LAG_ALERT_SECONDS", values.COUNT, "60"),
        order_overdue=read("ORDER_OVERDUE_MINUTES", values.COUNT, "30"),
        money_at_risk_alert=read("MONEY_AT_RISK_ALERT_MINUTES", values.COUNT, "120"),
        daily_work_alert=read("DAILY_WORK_ALERT_MINUTES", values.COUNT, "120"),
        alert_again=read("ALERT_AGAIN_MINUTES", values.COUNT, "60"),
        unpaid_holds=read("UNPAID_HOLDS_PER_CUSTOMER", values.COUNT, "50"),
        outbox_keep_failures=read("OUTBOX_KEEP_FAILURES_DAYS", values.DAYS, "30"),
        outbox_keep_log=read("OUTBOX_KEEP_LOG_DAYS", values.DAYS, "forever"),
        payments_keep_webhooks=read("PAYMENTS_KEEP_WEBHOOKS_DAYS", values.DAYS, "90"),
        payments_keep_reconciliations=read(
            "PAYMENTS_KEEP_RECONCILIATIONS_DAYS", values.DAYS, "400"
        ),
        webhooks=read("WEBHOOKS", values.ENDPOINTS, "none"),
        webhook_private_addresses=read(
            "WEBHOOK_PRIVATE_ADDRESSES", values.SWITCH if debug else values.NEVER, "0"
        ),
        mail=mail,
        mail_from=read("EMAIL_FROM", values.ADDRESS, None if mail.host else "orders@localhost"),
        tracing=read("TRACING", values.TRACING, "off"),
        api_requests=read("API_REQUESTS_PER_MINUTE", values.NUMBER, "600"),
        proxies=read("PROXIES", values.NUMBER, "0"),
        login_failures=read("LOGIN_FAILURES", values.COUNT, "10"),
        login_lock=read("LOGIN_LOCK_MINUTES", values.COUNT, "15"),
        password_length=read("PASSWORD_LENGTH", values.LENGTH, "12"),
        session_hours=read("SESSION_HOURS", values.COUNT, "12"),
        session_idle=read("SESSION_IDLE_MINUTES", values.COUNT, "30"),
        staff_totp=read("STAFF_TOTP_REQUIRED", values.SWITCH, "0"),
        api_token_days=read("API_TOKEN_DAYS", values.COUNT, "90"),
        idempotency_keep=read("IDEMPOTENCY_KEEP_HOURS", values.HOURS, "24"),
        waits_at_once=read("WAITS_AT_ONCE", values.COUNT, "2"),
        metrics_token=read("METRICS_TOKEN", values.TOKEN, ""),
    )
    refuse_unknown(variables, known)
    if not debug:
        broker = "BROKER_URL" if variables.get("BROKER_URL") else "REDIS_URL"
        refuse_open_broker(broker, environment.broker_url)
        refuse_open_cookies(https=environment.https, hosts=environment.allowed_hosts)
        refuse_any_host(environment.allowed_hosts)
        refuse_open_base("STRIPE_API_BASE", environment.stripe_api_base)
        refuse_play_money(payment_gateway, allowed=environment.sandbox_allowed)
        _refuse_public_secrets(environment)
    return environment


def _refuse_public_secrets(environment: Environment) -> None:
    webhook_secrets = environment.sandbox_webhook_secrets
    refuse_public_secrets(
        [
            ("SECRET_KEY", environment.secret_key),
            *(("SANDBOX_WEBHOOK_SECRET", secret) for secret in webhook_secrets),
        ],
        public=(DEVELOPMENT_KEY, DEVELOPMENT_WEBHOOK_SECRET),
    )


def _another(own: dict[str, Any], *, than: dict[str, Any]) -> dict[str, Any]:
    if all(own[part] == than[part] for part in ("HOST", "PORT", "NAME")):
        raise ImproperlyConfigured(
            "READMODEL_DATABASE_URL cannot be the database of DATABASE_URL: leave it out"
        )
    return own


def _read(variables: Mapping[str, str], name: str, kind: ValueKind[T], default: str | None) -> T:
    text = variables.get(name) or default
    if text is None:
        raise ImproperlyConfigured(f"{name} is not set: it wants {kind.wants}")
    try:
        return kind.parse(text)
    except ValueError as error:
        shown = repr(text) if kind.shown else "what it is"
        raise ImproperlyConfigured(f"{name} cannot be {shown}: it wants {kind.wants}") from error
