"""One row of a table, and the validation of its columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import NoReturn

from outbox.kit.skus import NoSku, require_sku
from outbox.kit.texts import ONE_LINE

MOST_UNITS = 1_000_000
HIGHEST_NUMBER = Decimal(10_000_000)

_NO_FRACTION = re.compile(r"(?<=[0-9])\.0+\Z")
"""What programs append to whole numbers in a column with empty cells."""

_WAS_A_CODE = re.compile(r"[0-9]+([.,][0-9]+)?[Ee]\+[0-9]+|[0-9]+\.0+")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,20})?")
_SLASHES = re.compile(r"[0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4}\b")
_LONGEST_SHOWN = 40


class InputRefused(ValueError):
    """The files cannot be used as they are; the message is one line that says what to fix."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row, with its file and line for messages."""

    file: str
    line: int
    values: Mapping[str, str]

    def text(self, column: str, *, longest: int) -> str:
        """Return a text that must not be empty.

        :raises InputRefused: it is empty, or longer than ``longest`` characters.
        """
        return self.optional(column, longest=longest) or self._refuse(column, "a text")

    def optional(self, column: str, *, longest: int) -> str:
        """Return a text that may be empty.

        :raises InputRefused: it is longer than ``longest`` characters, or of several lines.
        """
        value = self.values[column].strip()
        if len(value) > longest:
            self._refuse(column, f"{longest} characters at the most")
        if not ONE_LINE.search(value):
            self._refuse(column, "one line, without control characters")
        return value

    def code(self, column: str) -> str:
        """Return a code of at most 40 characters.

        :raises InputRefused: it is empty or too long, or a program wrote it as a number, so that
            different codes may have become the same.
        """
        value = self.text(column, longest=40)
        if _WAS_A_CODE.fullmatch(value):
            raise self.broken(
                f"{column} is {value!r}, which was a code before a program took it for a number:"
                " export the column as text"
            )
        return value

    def sku(self, column: str) -> str:
        """Return the code of an article.

        :raises InputRefused: as :meth:`code`, or it cannot be a SKU.
        """
        try:
            return require_sku(self.code(column))
        except NoSku as error:
            raise self.broken(f"{column}: {error}") from error

    def optional_number(self, column: str) -> str:
        """Return a customer's number, or an empty text; ``17850.0`` is ``17850``.

        :raises InputRefused: as :meth:`code`.
        """
        value = _NO_FRACTION.sub("", self.optional(column, longest=40))
        return replace(self, values={column: value}).code(column) if value else ""

    def whole(self, column: str) -> int:
        """Return a whole number of units, of either sign; ``6.0`` is six.

        :raises InputRefused: it is not a whole number, or beyond ``MOST_UNITS``.
        """
        value = _NO_FRACTION.sub("", self.values[column].strip())
        if not _WHOLE.fullmatch(value) or abs(int(value)) > MOST_UNITS:
            self._refuse(column, f"a whole number up to {MOST_UNITS:,}")
        return int(value)

    def number(self, column: str) -> Decimal:
        """Return a decimal number, of either sign.

        :raises InputRefused: it is not a number, or beyond ``HIGHEST_NUMBER``.
        """
        value = self.values[column].strip()
        if not _NUMBER.fullmatch(value) or abs(Decimal(value)) > HIGHEST_NUMBER:
            self._refuse(column, f"a number like 1.65, up to {HIGHEST_NUMBER:,}")
        return Decimal(value)

    def moment(self, column: str) -> datetime:
        """Return a time; without a time zone it is UTC.

        :raises InputRefused: it is not in ISO 8601.
        """
        value = self.values[column].strip()
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            if _SLASHES.match(value):
                self._refuse(
                    column,
                    "a time like 2011-11-14 08:10:00, since slashes do not say whether the day or"
                    " the month comes first",
                )
            self._refuse(column, "a time like 2011-11-14 08:10:00")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def broken(self, complaint: str) -> InputRefused:
        """Return an error that names this row."""
        return InputRefused(f"{self.file}, line {self.line}: {complaint}")

    def _refuse(self, column: str, wants: str) -> NoReturn:
        shown = self.values[column][:_LONGEST_SHOWN]
        raise self.broken(f"{column} is {shown!r}: it wants {wants}")
