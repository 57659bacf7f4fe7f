"""A project with django-domain-events."""

from tests.benchmarks.messaging.rival_settings import *  # noqa: F403 - as in ours

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_domain_events",
    "tests.benchmarks.messaging.domain",
]
DJANGO_DOMAIN_EVENTS = {"BATCH_SIZE": 100}
