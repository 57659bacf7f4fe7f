"""Texts in the forms of the admin: the same rules as at the API (``outbox/kit/http/fields.py``)."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from outbox.kit.http.fields import ONE_LINE


class LineField(forms.CharField):
    """A text of one line: it may stand in a mail's subject, a log or a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=UnfoldAdminTextInputWidget, validators=[ONE_LINE], **options)
