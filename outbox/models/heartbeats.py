"""Signs of life."""

from django.db import models


class Heartbeat(models.Model):
    """When a worker last ran; written by ``outbox/doorbell/heartbeats.py`` alone."""

    worker = models.CharField(primary_key=True, max_length=200, help_text="Celery's name of it.")
    heard_at = models.DateTimeField(help_text="By the database's clock.")

    def __str__(self) -> str:
        return self.worker
