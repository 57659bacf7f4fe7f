"""Problems of accounts and addresses in the API."""

from typing import Final

from rest_framework.exceptions import APIException, ValidationError

from orders import services
from outbox.kit.http.refusals import Refusals


class SignInRefused(APIException):
    """The address and the password do not open an account: try again, or ask for a new one."""

    status_code = 403
    default_code = "sign_in_refused"
    default_detail = "This e-mail address and this password do not open an account."


class ConfirmationNotTaken(APIException):
    """The link of a mail was used, is too old or incomplete: ask for another mail."""

    status_code = 422
    default_code = "confirmation_refused"


class PasswordNotTaken(ValidationError):
    """The new password is too weak: choose another."""

    status_code = 422
    default_code = "password_refused"


class NoAddressThere(ValidationError):
    """The country of the address has no such address: correct the fields that are named."""

    status_code = 422
    default_code = "no_address_there"


ACCOUNTS: Final[Refusals] = {
    services.ConfirmationRefused: ConfirmationNotTaken,
    services.PasswordRefused: lambda error: PasswordNotTaken({"password": error.texts}),
}
