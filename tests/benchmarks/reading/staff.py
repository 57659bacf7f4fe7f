"""A member of the staff, who may see every customer's orders."""

from collections.abc import Callable

from django.contrib.auth.models import User

from config.access.tokens import issue_token


def prepare() -> Callable[[], str]:
    """Return what makes one, and returns a token."""

    def admit() -> str:
        user = User.objects.create_user("sam", is_staff=True, is_superuser=True)
        return issue_token(user, name="benchmark", reason="it reads", actor="benchmark")

    return admit
