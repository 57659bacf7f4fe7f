"""Show the times of rows in the zone of the person who looks at them, in lists and on pages."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField, Model
from django.utils.safestring import SafeString

from outbox.kit.admin.links import moment

Shown = str | Callable[[Any], Any]


def with_moments(model: type[Model], names: Sequence[Any]) -> list[Any]:
    """Replace the names of times by columns that the console's script can rewrite.

    :param names: of a list's columns or a page's fields, those of one row as a sequence.
    """
    return [
        _column(model, each) if isinstance(each, str) else _nested(model, each) for each in names
    ]


def _nested(model: type[Model], each: Any) -> Any:
    return each if callable(each) else tuple(with_moments(model, each))


@cache
def _column(model: type[Model], name: str) -> Shown:
    try:
        field = model._meta.get_field(name)  # noqa: SLF001 - Django's documented Model._meta API
    except FieldDoesNotExist:
        return name
    if not isinstance(field, DateTimeField):
        return name

    def column(row: Any) -> SafeString | None:
        at = getattr(row, name)
        return moment(at) if at else None

    column.__name__ = name
    vars(column)["short_description"] = field.verbose_name
    return column
