"""The Celery application, as Django projects have it."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
app = Celery("bells", amqp="outbox.doorbell.connection:Bell")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
