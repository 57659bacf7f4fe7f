"""What can be wrong with a well-formed request of the orders API."""

from rest_framework.exceptions import APIException, ValidationError


class OrderRefused(ValidationError):
    """The request is well formed, but no such order can be placed."""

    status_code = 422
    default_code = "order_refused"


class UnknownSku(OrderRefused):
    """A line names a product that is not for sale: order one of the listed products."""

    default_code = "unknown_sku"


class TotalDiffers(APIException):
    """The order would cost something else than expected: show the new sum, and ask again."""

    status_code = 409
    default_code = "total_differs"


class NotCancellable(APIException):
    """The order cannot be cancelled as it stands: its goods have left, or a return is under way."""

    status_code = 409
    default_code = "order_not_cancellable"


class NotReturnable(APIException):
    """Not so much of the order can go back as it stands: see what is left of its lines."""

    status_code = 409
    default_code = "return_refused"


class AnotherPersonNeeded(APIException):
    """Nobody decides on a refund that they have proposed: somebody else has to."""

    status_code = 409
    default_code = "another_person_needed"


class Taken(APIException):
    """What is to be added is there already: change it instead, or choose another name."""

    status_code = 409
    default_code = "already_there"
