"""The record of what operators did."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class OperatorAct(models.Model):
    """A privileged act: who did what to what, and why. A trigger keeps it append-only."""

    id = models.BigAutoField(primary_key=True)
    actor = models.CharField(max_length=150, help_text="A user name, or shell:NAME for a command.")
    verb = models.CharField(max_length=40, help_text="What was done, in the imperative: redrive.")
    subject = models.CharField(max_length=200, help_text="What it was done to.")
    correlation_id = models.UUIDField(null=True, help_text="The conversation, if it concerns one.")
    reason = models.CharField(max_length=500)
    details = models.JSONField(default=dict, help_text="What it changed.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "operator's act"
        verbose_name_plural = "operators' acts"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="outbox_act_has_reason"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["correlation_id"],
                name="outbox_act_conversation",
                condition=Q(correlation_id__isnull=False),
            ),
            models.Index(fields=["at"], name="outbox_act_at"),
            models.Index(F("actor"), F("id"), name="outbox_act_actor"),
            models.Index(F("verb"), F("id"), name="outbox_act_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.verb} {self.subject}"
