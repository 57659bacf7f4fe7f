"""Serializer fields that take JSON values strictly, without conversions."""

import re
from functools import cache
from typing import Any, ClassVar, Final
from uuid import UUID

from django.core.validators import RegexValidator
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

from outbox.kit.money import DECIMALS
from outbox.kit.skus import LONGEST_SKU, NoSku, require_sku
from outbox.kit.texts import LONGEST_REASON

ONE_LINE: Final = RegexValidator(
    re.compile(r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z"), "Write it in one line."
)
"""No control character (Unicode's category Cc), and no other end of a line or paragraph."""


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction, even as ``3.0``; ``"3"`` and ``true`` are refused.

    Source: JSON Schema Validation 2020-12, section 6.1.1: integers have a zero fractional part.
    """

    def to_internal_value(self, data: Any) -> int:
        if type(data) is float and data.is_integer():
            return int(data)
        if type(data) is not int:
            self.fail("invalid")
        return data


class Text(serializers.CharField):
    """A JSON string, taken unchanged; numbers are refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class SingleLine(Text):
    """A text of one line, for a mail's subject, a log or a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validators=[ONE_LINE], **options)


class Truth(serializers.BooleanField):
    """JSON's ``true`` or ``false``; ``"yes"`` and ``1`` are refused."""

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("invalid", input=data)
        return data


class Identifier(serializers.UUIDField):
    """A UUID as a JSON string; numbers are refused."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class Reason(Text):
    """The reason of an act."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=LONGEST_REASON,
            validators=[RegexValidator(r"\S", "Say why.")],
            help_text="Why; recorded in the list of operators' acts.",
            **options,
        )


class Currency(serializers.ChoiceField):
    """The ISO 4217 code of a currency that has a minor unit."""

    default_error_messages: ClassVar = {
        "invalid_choice": "{input} is no currency of ISO 4217: use one such as GBP."
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=sorted(DECIMALS), help_text="ISO 4217.", **options)


class Sku(Text):
    """A SKU for new goods."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_SKU, **options)

    def to_internal_value(self, data: Any) -> str:
        try:
            return require_sku(super().to_internal_value(data))
        except NoSku as error:
            raise ValidationError(str(error)) from error


class Strict(serializers.Serializer[Any]):
    """Refuses unknown fields, so that a client notices a typo."""

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """Return the validated fields of a request's body.

        :raises ValidationError: a field is not valid.
        """
        fields: dict[str, Any] = _reader_of(cls).run_validation(request.data)
        return fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(data.keys() - self.fields.keys())):
            raise ValidationError({name: ["Unknown field: leave it out."] for name in unknown})
        return super().to_internal_value(data)


@cache
def _reader_of(kind: type[Strict]) -> Strict:
    """Return a shared instance: creating one copies every field."""
    return kind()


def key_in_path(text: str, *, longest: int) -> str:
    """Return a key from a URL's path.

    :raises NotFound: no row can have this key, as it is too long or contains NUL.
    """
    if len(text) > longest or "\x00" in text:
        raise NotFound("There is nothing of this name.")
    return text
