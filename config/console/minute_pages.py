"""Admin page of the figures by minute."""

from typing import ClassVar

from django.contrib import admin

from config.models import Minute
from outbox.kit.admin.pages import ReadOnlyAdmin

SHOWN = ("at", "placed", "confirmed", "cancelled", "failures", "median", "p95", "owed")


@admin.register(Minute)
class MinuteAdmin(ReadOnlyAdmin):
    list_display: ClassVar = (*SHOWN, "dead_letters")
    fields = (
        "at",
        ("placed", "confirmed", "cancelled"),
        ("median", "p95"),
        ("failures", "owed", "dead_letters"),
    )
    ordering = ("-at",)
