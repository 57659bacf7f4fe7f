"""Admin pages of workers and of daily work."""

from django.contrib import admin

from outbox.kit.admin.pages import ReadOnlyAdmin
from outbox.models import DailyWork, Heartbeat


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("worker", "beat_at")
    fields = (("worker", "beat_at"),)
    ordering = ("worker",)


@admin.register(DailyWork)
class DailyWorkAdmin(ReadOnlyAdmin):
    list_display = ("name", "at", "done_until", "done_at", "tries", "next_try_at", "error")
    fields = (("name", "at", "done_until"), ("done_at", "tries", "next_try_at"), "error")
    ordering = ("name",)
