"""The heartbeats of workers."""

from django.db import models


class Heartbeat(models.Model):
    """When a worker last received a task; only ``outbox/doorbell/heartbeats.py`` writes it."""

    worker = models.CharField(
        primary_key=True, max_length=200, help_text="Celery's name for the worker."
    )
    beat_at = models.DateTimeField(help_text="By the database's clock.")

    def __str__(self) -> str:
        return self.worker
