"""The base of tables with one row per conversation."""

from django.db import models

from outbox.kit.rows.lean import LeanModel


class Folded(LeanModel):
    """A row per conversation; its key is the conversation's."""

    sequence = models.IntegerField(
        default=0, help_text="The sequence of the last message applied to this row."
    )

    class Meta:
        abstract = True
