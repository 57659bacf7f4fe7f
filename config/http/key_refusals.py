"""What is answered where an ``Idempotency-Key`` cannot be used."""

from typing import Final

from rest_framework import status
from rest_framework.exceptions import APIException

HEADER: Final = "Idempotency-Key"


class KeyInvalid(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "idempotency_key_invalid"
    default_detail = f"{HEADER} has to be 8 to 255 visible ASCII characters, without quotes."


class KeyUsed(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_used"
    default_detail = f"This {HEADER} came with another request before: take a new one."


class InProgress(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "request_in_progress"
    default_detail = f"A request with this {HEADER} is being answered: send it again in a second."


class AnswerNotKept(APIException):
    """It was done, and its answer held a secret, so it was not stored: have a new secret made."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "answer_not_kept"
    default_detail = __doc__
