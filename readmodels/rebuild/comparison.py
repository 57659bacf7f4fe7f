"""Compare the live table of a read model with the rebuilt one, row by row."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, models

from readmodels.keys import key_columns
from readmodels.rebuild import shadow

SHOWN = 10
"""How many differing rows a report names."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Row counts of one table; ``examples`` names some rows that differ, and their columns."""

    table: str
    same: int
    only_live: int
    only_rebuilt: int
    different: int
    examples: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.table}: {self.same} rows are the same, {self.different} differ,"
            f" {self.only_rebuilt} were missing, {self.only_live} should not exist"
        )


def differing(
    table: type[models.Model], schema: str, *, database: str, keys: Collection[Any] | None = None
) -> list[Any]:
    """Return the keys of rows that are missing in one of two tables, or differ.

    :param keys: which rows; by default all.
    """
    (key,) = key_columns(table)
    columns = [
        name
        for name in shadow.shared_columns(table, schema, database=database)
        if name not in {key, "sequence"}
    ]
    live, other = (", ".join(f'{side}."{name}"' for name in columns) for side in ("live", "other"))
    some = "" if keys is None else f' AND "{key}" = ANY(%s)'
    statement = f"""
        SELECT "{key}" FROM {shadow.named(table)} live
        FULL JOIN {shadow.named(table, schema)} other USING ("{key}")
        WHERE (live."{key}" IS NULL OR other."{key}" IS NULL
               OR ({live}) IS DISTINCT FROM ({other})){some} ORDER BY 1
    """  # noqa: S608 - own names
    with connections[database].cursor() as cursor:
        cursor.execute(statement, None if keys is None else [list(keys)])
        return [value for (value,) in cursor.fetchall()]


def compare(table: type[models.Model], schema: str, *, database: str) -> Comparison:
    """Compare the live table with that of a schema, in the columns that both have."""
    keys = key_columns(table)
    key = ", ".join(f'"{each}"' for each in keys)
    whole_key = ", ".join(f'coalesce(live."{each}", other."{each}")' for each in keys)
    columns = shadow.shared_columns(table, schema, database=database)
    tests = ", ".join(
        f'(\'{column}\', live."{column}" IS DISTINCT FROM other."{column}")'
        for column in columns
        if column not in {*keys, "id", "sequence"}
    )
    statement = f"""
        WITH compared AS (
            SELECT live."{keys[0]}" IS NULL AS no_live, other."{keys[0]}" IS NULL AS no_other,
                   differs.names, concat_ws(' ', {whole_key}) AS key
            FROM {shadow.named(table)} live
            FULL JOIN {shadow.named(table, schema)} other USING ({key})
            CROSS JOIN LATERAL (SELECT string_agg(name, ', ') AS names FROM
                (VALUES {tests}) AS test (name, is_different) WHERE is_different) AS differs
        )
        SELECT count(*) FILTER (WHERE names IS NULL AND NOT no_live AND NOT no_other),
               count(*) FILTER (WHERE no_other), count(*) FILTER (WHERE no_live),
               count(*) FILTER (WHERE names IS NOT NULL AND NOT no_live AND NOT no_other),
               (array_agg(key || CASE WHEN no_live THEN ' is missing'
                                      WHEN no_other THEN ' should not exist'
                                      ELSE ' differs in ' || names END)
                FILTER (WHERE names IS NOT NULL OR no_live OR no_other))[1:{SHOWN}]
        FROM compared
    """  # noqa: S608 - own names
    with connections[database].cursor() as cursor:
        cursor.execute(statement)
        same, only_live, only_rebuilt, different, examples = cursor.fetchone()
    return Comparison(
        table._meta.db_table,  # noqa: SLF001 - Django's documented Model._meta API
        same,
        only_live,
        only_rebuilt,
        different,
        examples or [],
    )
