"""Hide secrets in Django's error reports, whatever setting or variable holds them."""

from typing import Any

from django.views.debug import SafeExceptionReporterFilter

from outbox.kit.secret import redact


class RedactingFilter(SafeExceptionReporterFilter):
    """Hide secrets by value; Django itself hides them by the names of their settings."""

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        cleansed = super().cleanse_setting(key, value)
        return redact(cleansed) if isinstance(cleansed, str) else cleansed
