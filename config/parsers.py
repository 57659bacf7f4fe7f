"""How request bodies are read."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

LARGEST_BODY = 64 * 1024
"""Bytes; an order of a hundred lines takes ten thousand."""


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"The body is larger than {LARGEST_BODY} bytes."
    default_code = "body_too_large"


class BoundedJSONParser(JSONParser):
    """JSON that is neither too long nor nested too deeply."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the body as Python data.

        :raises BodyTooLarge: it has more than ``LARGEST_BODY`` bytes.
        :raises ParseError: it is no JSON, or nested beyond Python's recursion limit.
        """
        request = (parser_context or {})["request"]
        if int(request.META["CONTENT_LENGTH"]) > LARGEST_BODY:
            raise BodyTooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply.") from error
