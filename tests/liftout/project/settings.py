"""An empty Django project with messaging: what ``outbox/`` needs, and nothing else."""

import os

import dj_database_url

from outbox.doorbell.beat import Every
from outbox.kit.secret import Secret

SECRET_KEY = "a" * 50
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "outbox",
    "bells",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
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
STATIC_URL = "static/"
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

OUTBOX_BATCH, OUTBOX_LEASE_SECONDS, OUTBOX_FOLLOW_UP = 200, 15, True
OUTBOX_KEEP_FAILURES_DAYS, OUTBOX_KEEP_LOG_DAYS = 30, None
STATEMENT_TIMEOUT_SECONDS, DATABASE_POOLING = 10, "none"
DAILY_WORK_ALERT_MINUTES, ALERT_AGAIN_MINUTES, ALERT_WEBHOOK_URL = 120, 60, Secret("")
WEBHOOK_SECRET_KEYS, WEBHOOK_PRIVATE_ADDRESSES = (), False
WEBHOOK_PAUSE_AFTER_MINUTES, WEBHOOK_KEEP_ATTEMPTS_DAYS = 60, 30
WAITS_AT_ONCE = 2

CELERY_BROKER_URL = os.environ["REDIS_URL"]
CELERY_BEAT_SCHEDULER = "outbox.doorbell.beat:Scheduler"
CELERY_TASK_IGNORE_RESULT = True
CELERY_BEAT_SCHEDULE = {
    "relay": {"task": "outbox.relay", "schedule": Every(1)},
    "watch": {"task": "outbox.watch", "schedule": Every(30)},
    "retain": {"task": "outbox.retain", "schedule": Every(60)},
}
