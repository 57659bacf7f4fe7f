"""Settings that are the same on every machine; ``config.settings`` adds those that are not."""

from django.templatetags.static import static
from django.urls import reverse_lazy

from config.broker import SECONDS_TO_NOTICE, TRY_AGAIN_ONCE
from config.contexts import own_contexts
from config.environment.mail import TIMEOUT_SECONDS
from config.environment.paths import ROOT
from config.http import settings as http
from config.navigation import side_bar
from config.openapi import settings as openapi
from config.schedule import SCHEDULE
from outbox.doorbell.bell import SECONDS_TO_RING

BASE_DIR = ROOT
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"
DEFAULT_EXCEPTION_REPORTER = "config.http.error_reports.RedactingReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.http.error_reports.RedactingFilter"

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
    "corsheaders",
    "csp",
    "outbox",
    "orders",
    "orders.sagas",
    "payments",
    "inventory",
    "readmodels",
    *own_contexts(),
]

MIDDLEWARE = [
    "config.http.request_ids.RequestIds",
    "config.tracing.TraceRequests",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.http.csp.ContentSecurityPolicy",
    "config.http.caching.NoStore",
    "config.http.bodies.LengthRequired",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.access.sessions.SessionLimits",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.http.throttling.RateLimitHeaders",
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

# Django's default is a cookie of its own, without __Host-, which tells what was done.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# An address, or an account, from which too many wrong passwords come is refused for a while.
AXES_LOCKOUT_PARAMETERS = ["ip_address", "username"]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "config.access.sign_ins.answer_locked_out"
AXES_CLIENT_IP_CALLABLE = "config.http.client_address.client_address"
# config.access.sign_ins logs the same, and less of what was typed.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
OTP_TOTP_ISSUER = "Orders"

# whitenoise serves straight from the installed packages: there is no build step to forget.
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True

# A customer's name is in the table of customers alone; read models ask there to show it or find it.
CUSTOMER_NAMES = "orders.names.names_of"
CUSTOMER_SEARCH = "orders.names.customers_called"
ORDER_REFERENCES = "orders.names.order_called"

# Celery only wakes workers. A task carries no work of its own, so a lost one costs a second at
# most, and a publish gives up at once rather than hold up its caller.
CELERY_BROKER_CONNECTION_TIMEOUT = SECONDS_TO_RING
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A broker that was demoted, is full or forbids a command refuses; Celery would end its worker.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_HEARTBEAT = SECONDS_TO_NOTICE
CELERY_TASK_DEFAULT_DELIVERY_MODE = "transient"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
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

EMAIL_TIMEOUT = TIMEOUT_SECONDS

# Each process counts its own requests: no request may depend on the broker.
in_memory = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": {"BACKEND": in_memory},
    "throttles": {
        "BACKEND": in_memory,
        "LOCATION": "throttles",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
}

SPECTACULAR_SETTINGS = openapi.SPECTACULAR_SETTINGS
UNFOLD = {
    "SITE_TITLE": "Orders",
    "SITE_HEADER": "Orders",
    "SITE_URL": reverse_lazy("docs"),
    "SHOW_HISTORY": False,
    "LOGIN": {"form": "config.access.login.LoginForm"},
    "SIDEBAR": {"navigation": side_bar},
    "DASHBOARD_CALLBACK": "config.console.front.front_page",
    "STYLES": [lambda _: static("console/console.css")],
    "SCRIPTS": [lambda _: static("console/console.js")],
}

# The origins are a setting: CORS_ORIGINS.
CORS_URLS_REGEX = http.CORS_URLS
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = http.CORS_TAKEN
CORS_EXPOSE_HEADERS = http.CORS_SHOWN
CONTENT_SECURITY_POLICY = http.CONTENT_SECURITY_POLICY
X_FRAME_OPTIONS = "DENY"
# Probes come from inside and use no TLS.
SECURE_REDIRECT_EXEMPT = ["^livez$", "^readyz$"]
