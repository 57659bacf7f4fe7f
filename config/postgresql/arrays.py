"""Compile ``IN`` with many values as one array: the protocol allows 65,535 parameters."""

from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler

MOST_PARAMETERS: Final = 65_535
FEW: Final = 1
"""Up to so many values stay parameters of their own. More become one array, so that the text of the
statement does not depend on their number, and its plan is reused."""

_PLAIN: Final = (In, RelatedIn)

SqlAndParameters = tuple[str, list[Any] | tuple[Any, ...]]


def in_an_array(
    lookup: In, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
) -> SqlAndParameters:
    """Compile the lookup; Django calls this for PostgreSQL in place of its own ``as_sql``."""
    if type(lookup) not in _PLAIN or not lookup.rhs_is_direct_value() or len(lookup.rhs) <= FEW:
        return lookup.as_sql(compiler, connection)
    values, parameters = lookup.process_rhs(compiler, connection)
    if values != f"({', '.join(['%s'] * len(parameters))})":
        return lookup.as_sql(compiler, connection)
    column, of_column = lookup.process_lhs(compiler, connection)
    return f"{column} = ANY(%s)", [*of_column, list(parameters)]


def install() -> None:
    """Make Django's ``In`` lookups compile this way everywhere."""
    In.as_postgresql = in_an_array  # type: ignore[attr-defined]  # Django's hook for one vendor
