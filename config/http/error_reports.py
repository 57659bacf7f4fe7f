"""Django's report of an error, in which no setting or variable shows a secret."""

from typing import Any

from django.views.debug import SafeExceptionReporterFilter

from outbox.kit.secret import redact


class RedactingFilter(SafeExceptionReporterFilter):
    """Hides secrets by what they are; Django alone does it by the names of what holds them."""

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        cleansed = super().cleanse_setting(key, value)
        return redact(cleansed) if isinstance(cleansed, str) else cleansed
