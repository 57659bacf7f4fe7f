"""Models without the cost of Django's constructor, which is half of a batch's time in Python."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.base import ModelState


class LeanModel(models.Model):
    """Sets all columns at once and sends no ``pre_init`` and ``post_init`` signals.

    Name foreign keys by their columns (``saga_id``); with any other keyword Django's own
    constructor is used.
    """

    class Meta:
        abstract: ClassVar = True

    def __init__(self, *values: Any, **fields: Any) -> None:
        constant, made = _defaults(type(self))
        if values or not constant.keys() >= fields.keys():
            super().__init__(*values, **fields)
            return
        self.__dict__.update(constant, **fields)
        for name, make in made:
            if name not in fields:
                self.__dict__[name] = make()
        self._state = ModelState()

    @classmethod
    def from_db(
        cls,
        db: str | None,
        field_names: Collection[str],
        values: Collection[Any],
        **later: Any,
    ) -> Self:
        """Make a row that a query has found; Django calls this for each."""
        if len(values) != len(cls._meta.concrete_fields):
            return super().from_db(db, field_names, values, **later)
        row = cls.__new__(cls)
        row.__dict__.update(zip(field_names, values, strict=True))
        row._state = state = ModelState()  # noqa: SLF001 - Django's documented Model._state API
        state.adding, state.db = False, db
        return row


@cache
def _defaults(
    model: type[models.Model],
) -> tuple[Mapping[str, Any], Sequence[tuple[str, Callable[[], Any]]]]:
    """Return the constant defaults of all columns, and the functions that make the others."""
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django's documented Model._meta API
    made = [
        (each.attname, each.default)
        for each in fields
        if each.has_default() and callable(each.default)
    ]
    names = {name for name, _ in made}
    constant = {
        each.attname: None if each.attname in names else each.get_default() for each in fields
    }
    return constant, made
