"""Fields in the forms of the admin: the rules of the API (``outbox/kit/http/fields.py``)."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from outbox.kit.http.fields import one_line
from outbox.kit.money import DECIMALS


class LineField(forms.CharField):
    """A text of one line: it may stand in a mail's subject, a log or a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=UnfoldAdminTextInputWidget, validators=[one_line], **options)


class AmountField(forms.DecimalField):
    """An amount in a currency that the form names."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_digits=15, min_value=0, widget=UnfoldAdminDecimalFieldWidget, **options
        )


class CurrencyField(forms.ChoiceField):
    """The ISO 4217 code of a currency that has a minor unit."""

    def __init__(self, **options: Any) -> None:
        codes = [(code, code) for code in sorted(DECIMALS)]
        super().__init__(choices=codes, widget=UnfoldAdminSelectWidget, **options)
