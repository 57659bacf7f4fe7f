"""The columns that identify the rows of a table."""

from typing import Any, TypeAlias

from django.db import models

Key: TypeAlias = tuple[Any, ...]


def key_columns(table: type[models.Model]) -> tuple[str, ...]:
    """Return the columns of a table's unique constraint, or else its primary key."""
    meta = table._meta  # noqa: SLF001 - Django's documented Model._meta API
    unique = [each for each in meta.constraints if isinstance(each, models.UniqueConstraint)]
    return tuple(unique[0].fields) if unique else (meta.pk.name,)
