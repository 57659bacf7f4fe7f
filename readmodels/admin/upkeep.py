"""Admin page of drift checks."""

from django.contrib import admin

from outbox.kit.admin.pages import ReadOnlyAdmin
from readmodels.models import DriftCheck


@admin.register(DriftCheck)
class DriftCheckAdmin(ReadOnlyAdmin):
    list_display = ("name", "compared", "differing", "differed_last", "checked_at", "differed_at")
    fields = (("name", "checked_at"), ("compared", "differing"), ("differed_last", "differed_at"))
    ordering = ("name",)
