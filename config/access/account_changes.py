"""Describe what a form has changed of an account or a group, for the record of acts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Model, QuerySet

from config.access.account_names import may_be_named

if TYPE_CHECKING:
    from django import forms

SECRET_FIELDS: Final = frozenset({"password", "password1", "password2", "usable_password"})

NAMING_FIELDS: Final = frozenset({"username", "first_name", "last_name", "email"})

CHANGED: Final = "changed"


def changes_in(form: "forms.ModelForm[Any]") -> dict[str, Any]:
    """Return each changed field with its old and new value; of sets, what was added and removed.

    Of a customer's names it says only that they have changed.
    """
    unnamed: frozenset[str] = frozenset() if may_be_named(form.instance) else NAMING_FIELDS
    return {
        name: CHANGED
        if name in unnamed
        else _change(form.get_initial_for_field(form.fields[name], name), form.cleaned_data[name])
        for name in form.changed_data
        if name in form.cleaned_data and name not in SECRET_FIELDS
    }


def _change(before: Any, after: Any) -> dict[str, Any]:
    if isinstance(after, QuerySet):
        was, is_ = _names(before or ()), _names(after)
        return {"added": sorted(is_ - was), "removed": sorted(was - is_)}
    return {"before": _plain(before), "after": _plain(after)}


def _names(rows: Iterable[Model]) -> set[str]:
    return {str(row) for row in rows}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | None) else str(value)
