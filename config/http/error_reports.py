"""Django's report of an error, in which no setting, variable or message shows a secret."""

from typing import Any

from django.http import HttpRequest
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from outbox.kit.secret import redact


class RedactingFilter(SafeExceptionReporterFilter):
    """Hides secrets by what they are; Django alone does it by the names of what holds them."""

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        cleansed = super().cleanse_setting(key, value)
        return redact(cleansed) if isinstance(cleansed, str) else cleansed

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> Any:
        """Hide them before the report cuts long values off, perhaps in the middle of one."""
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, _hidden(value)) for name, value in variables]


class RedactingReporter(ExceptionReporter):
    """Hides what is left in the whole report, such as in the exception's message."""

    def get_traceback_html(self) -> Any:
        return redact(super().get_traceback_html())

    def get_traceback_text(self) -> Any:
        return redact(super().get_traceback_text())


class _Shown:
    """Looks like the text that it is made of."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _hidden(value: Any) -> Any:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - Django says of such a value that it cannot be shown
        return value
    hidden = redact(text)
    return value if hidden == text else _Shown(hidden)
