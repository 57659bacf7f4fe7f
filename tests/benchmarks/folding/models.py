"""A dozen read models that differ in nothing but their names."""

from typing import Any

from django.db import models

from readmodels.models.folded import Folded

MOST = 12


class Tally(Folded):
    """What was added up of one conversation."""

    conversation = models.UUIDField(primary_key=True)
    total = models.BigIntegerField(default=0)
    note = models.CharField(max_length=40, default="")
    told_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.conversation}: {self.total}"


def _tally(number: int) -> Any:
    return type(f"Tally{number}", (Tally,), {"__module__": __name__})


TALLIES: list[Any] = [_tally(number) for number in range(1, MOST + 1)]
