"""What the rows of a table are known by."""

from typing import Any, TypeAlias

from django.db import models

Key: TypeAlias = tuple[Any, ...]


def key_columns(table: type[models.Model]) -> tuple[str, ...]:
    """Name the columns that tell rows apart: those of its unique constraint, or its primary key."""
    meta = table._meta  # noqa: SLF001 - Django's documented Model._meta API
    unique = [each for each in meta.constraints if isinstance(each, models.UniqueConstraint)]
    return tuple(unique[0].fields) if unique else (meta.pk.name,)
