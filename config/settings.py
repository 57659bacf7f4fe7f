"""Django settings: what differs between machines, each read from an environment variable.

Settings that are the same everywhere are in ``config/base_settings.py``.
"""

import os
from datetime import timedelta

from config.base_settings import *  # noqa: F403 - what is the same on every machine
from config.broker import is_rabbitmq, transport_options
from config.database import DIRECT, database
from config.environment import addresses, keys, kinds
from config.environment.mail import NO_MAIL
from config.environment.paths import STATE
from config.environment.production import (
    refuse_any_host,
    refuse_open_base,
    refuse_open_broker,
    refuse_open_cookies,
    refuse_open_origins,
    refuse_public_secrets,
    refuse_same_database,
    refuse_test_cards,
    refuse_unknown,
)
from config.environment.variables import REQUIRED, Environment
from config.http.settings import rest_framework
from config.logs import logging_config
from config.routing import READMODELS
from outbox.kit.secret import Secret

environment = Environment(os.environ)
read = environment.read

DEBUG = read("DEBUG", kinds.SWITCH, default=False)
SECRET_KEY = read(
    "SECRET_KEY", keys.SECRET, default=Secret(keys.DEVELOPMENT_KEY) if DEBUG else REQUIRED
)
ALLOWED_HOSTS = read(
    "ALLOWED_HOSTS", kinds.NAMES, default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else REQUIRED
)
LOGGING = logging_config(console=DEBUG)
ORDER_FLOW = read("ORDER_FLOW", kinds.NAME, default="charge_first")
PRICE_PROVIDER = read("PRICE_PROVIDER", kinds.NAME, default="tables")
PRICE_SECONDS = read("PRICE_SECONDS", kinds.SECONDS, default=3)
QUOTE_MINUTES = read("QUOTE_MINUTES", kinds.COUNT, default=30)
ORDERS_KEEP_QUOTES_DAYS = read("ORDERS_KEEP_QUOTES_DAYS", kinds.DAYS, default=7)
PRICES_INCLUDE_TAX = read("PRICES_INCLUDE_TAX", kinds.SWITCH, default=True)
UNPAID_HOLDS_PER_CUSTOMER = read("UNPAID_HOLDS_PER_CUSTOMER", kinds.COUNT, default=50)
RETURNS_AWAIT_GOODS = read("RETURNS_AWAIT_GOODS", kinds.SWITCH, default=True)
RETURN_DAYS = read("RETURN_DAYS", kinds.COUNT, default=30)
REFUND_APPROVAL_ABOVE = read("REFUND_APPROVAL_ABOVE", kinds.COUNT, default=50_000)
ORDER_OVERDUE_MINUTES = read("ORDER_OVERDUE_MINUTES", kinds.COUNT, default=30)
MONEY_AT_RISK_ALERT_MINUTES = read("MONEY_AT_RISK_ALERT_MINUTES", kinds.COUNT, default=120)
DAILY_WORK_ALERT_MINUTES = read("DAILY_WORK_ALERT_MINUTES", kinds.COUNT, default=120)
ALERT_AGAIN_MINUTES = read("ALERT_AGAIN_MINUTES", kinds.COUNT, default=60)
PAYMENT_GATEWAY = read("PAYMENT_GATEWAY", kinds.NAME, default="sandbox" if DEBUG else REQUIRED)
GATEWAY_CALLS_AT_ONCE = read("GATEWAY_CALLS_AT_ONCE", kinds.COUNT, default=16)
GATEWAY_CALLS_PER_SECOND = read("GATEWAY_CALLS_PER_SECOND", kinds.RATE, default=0)
SANDBOX_BOOK = read("SANDBOX_BOOK", kinds.PATH, default=STATE / "sandbox-book.sqlite3")
SANDBOX_DELAY_SECONDS = read("SANDBOX_DELAY_SECONDS", kinds.SECONDS, default=0)
SANDBOX_WEBHOOK_SECRETS = read(
    "SANDBOX_WEBHOOK_SECRET",
    keys.SIGNING_SECRETS,
    default=[Secret(keys.DEVELOPMENT_WEBHOOK_SECRET)] if DEBUG else [],
)
is_stripe = PAYMENT_GATEWAY == "stripe"
STRIPE_API_KEY = read(
    "STRIPE_API_KEY", keys.STRIPE_KEY, default=REQUIRED if is_stripe else Secret("")
)
STRIPE_WEBHOOK_SECRETS = read(
    "STRIPE_WEBHOOK_SECRET", keys.SIGNING_SECRETS, default=REQUIRED if is_stripe else []
)
STRIPE_API_BASE = read("STRIPE_API_BASE", addresses.WEB_ADDRESS, default="https://api.stripe.com")
PAYMENT_ACTION_MINUTES = read("PAYMENT_ACTION_MINUTES", kinds.COUNT, default=30)
PAYMENT_ACTION_AWAY_HOURS = read("PAYMENT_ACTION_AWAY_HOURS", kinds.COUNT, default=72)
PAYMENT_PROCESSING_DAYS = read("PAYMENT_PROCESSING_DAYS", kinds.COUNT, default=14)
PAYMENT_RETURN_URL = read("PAYMENT_RETURN_URL", addresses.WEB_ADDRESS, default="")
PAYMENTS_KEEP_WEBHOOKS_DAYS = read("PAYMENTS_KEEP_WEBHOOKS_DAYS", kinds.DAYS, default=90)
PAYMENTS_KEEP_RECONCILIATIONS_DAYS = read(
    "PAYMENTS_KEEP_RECONCILIATIONS_DAYS", kinds.DAYS, default=400
)

OUTBOX_BATCH = read("OUTBOX_BATCH", kinds.COUNT, default=200)
OUTBOX_LEASE_SECONDS = read("OUTBOX_LEASE_SECONDS", kinds.COUNT, default=15)
OUTBOX_FOLLOW_UP = read("OUTBOX_FOLLOW_UP", kinds.SWITCH, default=True)
OUTBOX_KEEP_FAILURES_DAYS = read("OUTBOX_KEEP_FAILURES_DAYS", kinds.DAYS, default=30)
OUTBOX_KEEP_LOG_DAYS = read("OUTBOX_KEEP_LOG_DAYS", kinds.DAYS, default=None)
READMODEL_LAG_ALERT_SECONDS = read("READMODEL_LAG_ALERT_SECONDS", kinds.COUNT, default=60)
WEBHOOK_SECRET_KEYS = read(
    "WEBHOOK_SECRET_KEYS",
    keys.ENCRYPTION_KEYS,
    default=[Secret(keys.DEVELOPMENT_ENCRYPTION_KEY)] if DEBUG else [],
)
WEBHOOK_PAUSE_AFTER_MINUTES = read("WEBHOOK_PAUSE_AFTER_MINUTES", kinds.COUNT, default=60)
WEBHOOK_KEEP_ATTEMPTS_DAYS = read("WEBHOOK_KEEP_ATTEMPTS_DAYS", kinds.DAYS, default=30)
WEBHOOK_PRIVATE_ADDRESSES = read(
    "WEBHOOK_PRIVATE_ADDRESSES", kinds.SWITCH if DEBUG else kinds.NEVER, default=False
)

API_REQUESTS_PER_MINUTE = read("API_REQUESTS_PER_MINUTE", kinds.NUMBER, default=600)
SERVICE_REQUESTS_PER_MINUTE = read("SERVICE_REQUESTS_PER_MINUTE", kinds.NUMBER, default=6000)
ANONYMOUS_GUESTS = read("ANONYMOUS_GUESTS", kinds.SWITCH, default=False)
API_TOKEN_DAYS = read("API_TOKEN_DAYS", kinds.COUNT, default=90)
IDEMPOTENCY_KEEP_HOURS = read("IDEMPOTENCY_KEEP_HOURS", kinds.HOURS, default=24)
WAITS_AT_ONCE = read("WAITS_AT_ONCE", kinds.COUNT, default=2)
CORS_ALLOWED_ORIGINS = read("CORS_ORIGINS", addresses.ORIGINS, default=[])
REST_FRAMEWORK = rest_framework(proxies=read("PROXIES", kinds.NUMBER, default=0))

METRICS_TOKEN = read("METRICS_TOKEN", keys.TOKEN, default=Secret(""))
TRACING = read("TRACING", kinds.TRACING, default="off")
ADMINS = [(each, each) for each in read("ADMINS", addresses.ADDRESSES, default=[])]
ALERT_WEBHOOK_URL = read("ALERT_WEBHOOK_URL", addresses.SECRET_ADDRESS, default=Secret(""))

mail = read("EMAIL_URL", addresses.MAIL, default=NO_MAIL)
ACCOUNT_URL = read("ACCOUNT_URL", addresses.WEB_ADDRESS, default="")
CUSTOMER_MAIL = mail != NO_MAIL
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = mail.backend, mail.host, mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = mail.user, mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = mail.tls, mail.ssl
DEFAULT_FROM_EMAIL = SERVER_EMAIL = read(
    "EMAIL_FROM", addresses.ADDRESS, default=REQUIRED if mail.host else "orders@localhost"
)

EMAIL_FILE_PATH = mail.folder
SHOP_LANGUAGE = read("SHOP_LANGUAGE", kinds.LANGUAGE, default="en")
ORDER_PAGE = read("ORDER_PAGE", addresses.PAGE, default="")

OF_DJANGO = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name, "OPTIONS": options}
    for name, options in {
        f"{OF_DJANGO}.UserAttributeSimilarityValidator": {},
        f"{OF_DJANGO}.MinimumLengthValidator": {
            "min_length": read("PASSWORD_LENGTH", kinds.LENGTH, default=12)
        },
        f"{OF_DJANGO}.CommonPasswordValidator": {},
        f"{OF_DJANGO}.NumericPasswordValidator": {},
        "config.access.password_words.NoWordOfTheShop": {
            "words": read("PASSWORD_WORDS", kinds.WORDS, default=[])
        },
    }.items()
]
AXES_FAILURE_LIMIT = read("LOGIN_FAILURES", kinds.COUNT, default=10)
AXES_COOLOFF_TIME = timedelta(minutes=read("LOGIN_LOCK_MINUTES", kinds.COUNT, default=15))
STAFF_TOTP_REQUIRED = read("STAFF_TOTP_REQUIRED", kinds.SWITCH, default=False)
SESSION_COOKIE_AGE = read("SESSION_HOURS", kinds.COUNT, default=12) * 3600
SESSION_IDLE_MINUTES = read("SESSION_IDLE_MINUTES", kinds.COUNT, default=30)

DATABASE_POOLING = read("DATABASE_POOLING", kinds.POOLING, default=DIRECT)
STATEMENT_TIMEOUT_SECONDS = read("STATEMENT_TIMEOUT_SECONDS", kinds.COUNT, default=10)
prepare = read("DATABASE_PREPARE", kinds.SWITCH, default=True)
main = read("DATABASE_URL", addresses.POSTGRESQL)
apart = read("READMODEL_DATABASE_URL", addresses.POSTGRESQL, default={})
refuse_same_database(main, apart)
DATABASES = {
    alias: database(
        address,
        statement_timeout=STATEMENT_TIMEOUT_SECONDS,
        pooling=DATABASE_POOLING,
        prepare=prepare,
    )
    for alias, address in {"default": main, READMODELS: apart}.items()
    if address
}
DATABASE_ROUTERS = ["config.routing.ReadModelsApart"] if apart else []

rabbitmq = read("BROKER_URL", addresses.BROKER, default="")
redis = read("REDIS_URL", addresses.REDIS, default=rabbitmq or REQUIRED)
CELERY_BROKER_URL = rabbitmq or redis
CELERY_BROKER_TRANSPORT_OPTIONS = transport_options(CELERY_BROKER_URL)
CELERY_TASK_PUBLISH_RETRY = is_rabbitmq(CELERY_BROKER_URL)

https = read("HTTPS", kinds.SWITCH, default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = https
# Its pages may also change things, as those of our own origin do: with a token against forgery.
CSRF_TRUSTED_ORIGINS = CORS_ALLOWED_ORIGINS
# A browser takes such a cookie only from this very host, over TLS (RFC 6265bis, section 4.1.3).
prefix = "__Host-" if https else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{prefix}sessionid", f"{prefix}csrftoken"
SECURE_HSTS_SECONDS = 31_536_000 if https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = https

sandbox_allowed = read("SANDBOX_ALLOWED", kinds.SWITCH, default=DEBUG)
refuse_unknown(os.environ, environment.defaults)
if not DEBUG:
    refuse_open_broker("BROKER_URL" if rabbitmq else "REDIS_URL", CELERY_BROKER_URL)
    refuse_open_cookies(https=https, hosts=ALLOWED_HOSTS)
    refuse_any_host(ALLOWED_HOSTS)
    refuse_open_origins(CORS_ALLOWED_ORIGINS)
    refuse_open_base("ACCOUNT_URL", ACCOUNT_URL)
    refuse_open_base("ORDER_PAGE", ORDER_PAGE)
    refuse_open_base("PAYMENT_RETURN_URL", PAYMENT_RETURN_URL)
    refuse_open_base("STRIPE_API_BASE", STRIPE_API_BASE)
    refuse_test_cards(PAYMENT_GATEWAY, allowed=sandbox_allowed)
    refuse_public_secrets(
        SECRET_KEY=[SECRET_KEY],
        SANDBOX_WEBHOOK_SECRET=SANDBOX_WEBHOOK_SECRETS,
        WEBHOOK_SECRET_KEYS=WEBHOOK_SECRET_KEYS,
    )
