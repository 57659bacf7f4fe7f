"""What tables have in common of which each row is folded from one conversation."""

from django.db import models

from outbox.kit.rows.lean import LeanModel


class Folded(LeanModel):
    """A row per conversation; its key is the conversation's."""

    sequence = models.IntegerField(
        default=0, help_text="The last message of its conversation that this row has taken in."
    )

    class Meta:
        abstract = True
