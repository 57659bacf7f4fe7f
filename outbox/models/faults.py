"""What operators know about faults."""

from django.db import models
from django.utils import timezone

from outbox.kit.texts import LONGEST_REASON
from outbox.models.lanes import FAULT_LENGTH


class Fault(models.Model):
    """A note on a fault: failures of one subscriber with one type of error at one place.

    Dead letters and failed attempts bear its key; a fault without a note has no row.
    """

    key = models.CharField(primary_key=True, max_length=FAULT_LENGTH)
    owner = models.CharField(max_length=150, blank=True, help_text="Who looks after it.")
    fixed_in = models.CharField(max_length=40, blank=True, help_text="The release that ends it.")
    note = models.CharField(max_length=LONGEST_REASON, blank=True)
    noted_by = models.CharField(max_length=150)
    noted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.key
