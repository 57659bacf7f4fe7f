"""Parse JSON bodies of requests."""

from collections.abc import Mapping
from typing import IO, Any

import msgspec
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

LARGEST_BODY = 256 * 1024
"""Bytes; an order of 1,200 lines takes a hundred thousand, or twice that with its indentation."""


class BodyTooLarge(APIException):
    """The body is larger than the API reads; nothing was done."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"The body is larger than {LARGEST_BODY} bytes."
    default_code = "body_too_large"


class JSONParser(BaseParser):
    """JSON in UTF-8 (RFC 8259), neither too long nor nested too deeply.

    Unlike the standard library, msgspec refuses half a surrogate pair, which could neither be
    stored nor sent back.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
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
            return msgspec.json.decode(stream.read())
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ParseError(f"The body is not JSON: {error}.") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
