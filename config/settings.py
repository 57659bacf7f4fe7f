"""Django settings. What differs between machines comes from ``config.environment`` alone."""

from datetime import timedelta

from csp.constants import NONE, SELF
from django.urls import reverse_lazy

from config.broker import (
    SECONDS_TO_NOTICE,
    TRY_AGAIN_ONCE,
    is_rabbitmq,
    transport_options,
)
from config.database import database
from config.environment.variables import ROOT, read_environment
from config.logs import logging_config
from config.mail import SECONDS
from config.navigation import NAVIGATION
from config.routing import READMODELS
from config.schedule import SCHEDULE
from outbox.doorbell.bell import SECONDS_TO_RING

_environment = read_environment()

DEBUG = _environment.debug
SECRET_KEY = _environment.secret_key
ALLOWED_HOSTS = _environment.allowed_hosts
BASE_DIR = ROOT
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"
LOGGING = logging_config(console=DEBUG)
DEFAULT_EXCEPTION_REPORTER = "config.http.error_reports.RedactingReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.http.error_reports.RedactingFilter"

ORDER_FLOW = _environment.order_flow
PAYMENT_GATEWAY = _environment.payment_gateway
SANDBOX_BOOK = _environment.sandbox_book
SANDBOX_DELAY_SECONDS = _environment.sandbox_delay
SANDBOX_WEBHOOK_SECRETS = _environment.sandbox_webhook_secrets
STRIPE_API_KEY = _environment.stripe_api_key
STRIPE_WEBHOOK_SECRETS = _environment.stripe_webhook_secrets
STRIPE_API_BASE = _environment.stripe_api_base
GATEWAY_CALLS_AT_ONCE = _environment.gateway_calls_at_once
GATEWAY_CALLS_PER_SECOND = _environment.gateway_calls_per_second
REFUND_APPROVAL_ABOVE = _environment.refund_approval_above
OUTBOX_BATCH = _environment.outbox_batch
OUTBOX_LEASE_SECONDS = _environment.outbox_lease
UNPAID_HOLDS_PER_CUSTOMER = _environment.unpaid_holds
OUTBOX_FOLLOW_UP = _environment.outbox_follow_up
READMODEL_LAG_ALERT_SECONDS = _environment.readmodel_lag_alert
ORDER_OVERDUE_MINUTES = _environment.order_overdue
MONEY_AT_RISK_ALERT_MINUTES = _environment.money_at_risk_alert
DAILY_WORK_ALERT_MINUTES = _environment.daily_work_alert
ALERT_AGAIN_MINUTES = _environment.alert_again
OUTBOX_KEEP_FAILURES_DAYS = _environment.outbox_keep_failures
OUTBOX_KEEP_LOG_DAYS = _environment.outbox_keep_log
PAYMENTS_KEEP_WEBHOOKS_DAYS = _environment.payments_keep_webhooks
PAYMENTS_KEEP_RECONCILIATIONS_DAYS = _environment.payments_keep_reconciliations
API_REQUESTS_PER_MINUTE = _environment.api_requests
API_TOKEN_DAYS = _environment.api_token_days
IDEMPOTENCY_KEEP_HOURS = _environment.idempotency_keep
WAITS_AT_ONCE = _environment.waits_at_once
METRICS_TOKEN = _environment.metrics_token
TRACING = _environment.tracing
WEBHOOKS = _environment.webhooks
WEBHOOK_PRIVATE_ADDRESSES = _environment.webhook_private_addresses

CUSTOMER_MAIL = _environment.mail.is_on
EMAIL_BACKEND = _environment.mail.backend
EMAIL_HOST = _environment.mail.host
EMAIL_PORT = _environment.mail.port
EMAIL_HOST_USER = _environment.mail.user
EMAIL_HOST_PASSWORD = _environment.mail.password
EMAIL_USE_TLS = _environment.mail.tls
EMAIL_USE_SSL = _environment.mail.ssl
EMAIL_TIMEOUT = SECONDS
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _environment.mail_from

ADMINS = [(address, address) for address in _environment.admins]
ALERT_WEBHOOK_URL = _environment.alert_webhook

INSTALLED_APPS = [
    "config",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "outbox",
    "orders",
    "orders.sagas",
    "payments",
    "inventory",
    "readmodels",
]

MIDDLEWARE = [
    "config.http.request_ids.RequestIds",
    "config.tracing.TraceRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.http.csp.ContentSecurityPolicy",
    "config.http.caching.KeptNowhere",
    "config.http.bodies.LengthRequired",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.access.sessions.SessionLimits",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.http.prefer.Preferences",
    "axes.middleware.AxesMiddleware",
    "config.http.idempotency.IdempotencyKeys",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": _environment.password_length},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# An address, or an account, from which too many wrong passwords come is refused for a while.
AXES_LOCKOUT_PARAMETERS = ["ip_address", "username"]
AXES_FAILURE_LIMIT = _environment.login_failures
AXES_COOLOFF_TIME = timedelta(minutes=_environment.login_lock)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "config.http.client_address.client_address"
# config.access.sign_ins tells the same, and less of what was typed.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
STAFF_TOTP_REQUIRED = _environment.staff_totp
OTP_TOTP_ISSUER = "Orders"
SESSION_COOKIE_AGE = _environment.session_hours * 3600
SESSION_IDLE_MINUTES = _environment.session_idle

# whitenoise serves straight from the installed packages: there is no build step to forget.
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True

DATABASE_POOLING = _environment.database_pooling
STATEMENT_TIMEOUT_SECONDS = _environment.statement_timeout
DATABASES = {
    alias: database(
        address,
        statement_timeout=STATEMENT_TIMEOUT_SECONDS,
        pooling=DATABASE_POOLING,
        prepare=_environment.database_prepare,
    )
    for alias, address in {
        "default": _environment.database,
        READMODELS: _environment.readmodel_database,
    }.items()
    if address
}
DATABASE_ROUTERS = ["config.routing.ReadModelsApart"] if READMODELS in DATABASES else []

# The broker is a doorbell. A task carries no work of its own, so a lost one costs a second at
# most, and a publish gives up at once rather than hold up its caller.
CELERY_BROKER_URL = _environment.broker_url
CELERY_BROKER_TRANSPORT_OPTIONS = transport_options(CELERY_BROKER_URL)
CELERY_BROKER_CONNECTION_TIMEOUT = SECONDS_TO_RING
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A broker that was demoted, is full or forbids a command says no; Celery ends its worker for it.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_HEARTBEAT = SECONDS_TO_NOTICE
CELERY_TASK_DEFAULT_DELIVERY_MODE = "transient"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = is_rabbitmq(CELERY_BROKER_URL)
CELERY_TASK_PUBLISH_RETRY_POLICY = TRY_AGAIN_ONCE
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_DEFAULT_QUEUE = "orders"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 5000
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_DB_REUSE_MAX = 10_000
CELERY_BEAT_SCHEDULER = "outbox.doorbell.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULE = SCHEDULE

# A name stands in one table, that of customers: read models ask there to show it, and to find it.
CUSTOMER_NAMES = "orders.names.names_of"
CUSTOMER_SEARCH = "orders.names.customers_called"
ORDER_REFERENCES = "orders.names.order_called"

# Each process counts by itself: nothing that a request needs may be away with the broker.
_IN_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": {"BACKEND": _IN_MEMORY},
    "throttles": {
        "BACKEND": _IN_MEMORY,
        "LOCATION": "throttles",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.access.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["config.access.permissions.MayDo"],
    "DEFAULT_THROTTLE_CLASSES": ["config.http.throttling.PerUser"],
    "NUM_PROXIES": _environment.proxies,
    "DEFAULT_RENDERER_CLASSES": ["config.http.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.http.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["config.http.filters.StrictFilters"],
    "DEFAULT_PAGINATION_CLASS": "config.http.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.http.problems.problem_response",
    # The OpenAPI document describes the API; OPTIONS and ?format= would do it differently.
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Orders",
    "DESCRIPTION": "Place orders that are never lost or doubled, and see what became of them.",
    "VERSION": "1",
    "SERVERS": [{"url": "/", "description": "This shop."}],
    "CONTACT": {"name": "Whoever runs this shop"},
    "LICENSE": {"name": "BSD 3-Clause", "identifier": "BSD-3-Clause"},
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    # A PATCH has serializers of its own, which say themselves what it has to name.
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.openapi.service.tell_reasons_once",
        "config.openapi.document.describe_refusals",
        "config.openapi.document.describe_problems",
        "config.openapi.service.describe_service",
        "config.openapi.examples.add_examples",
        "config.openapi.service.leave_out_what_nobody_uses",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
UNFOLD = {
    "SITE_TITLE": "Orders",
    "SITE_HEADER": "Orders",
    "SITE_URL": reverse_lazy("docs"),
    "SHOW_HISTORY": False,
    "LOGIN": {"form": "config.access.login.LoginForm"},
    "SIDEBAR": {"navigation": NAVIGATION},
    "DASHBOARD_CALLBACK": "config.figures.dashboard",
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "style-src": [SELF, "'unsafe-inline'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _environment.https
# A browser takes such a cookie only from this very host, over TLS (RFC 6265bis, section 4.1.3).
_PREFIX = "__Host-" if _environment.https else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_PREFIX}sessionid", f"{_PREFIX}csrftoken"
# Probes come from inside and speak no TLS.
SECURE_REDIRECT_EXEMPT = ["^livez$", "^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if _environment.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _environment.https
