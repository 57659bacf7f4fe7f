"""What an account is called in what stays for good: staff by name, customers by number.

A customer may have to be forgotten, and an act cannot be changed.
"""

from typing import Any

from django.contrib.auth.models import User


def name_on_record(account: User) -> str:
    """Return how an act may call an account."""
    return account.get_username() if account.is_staff else f"user {account.pk}"


def may_be_named(row: Any) -> bool:
    """Tell whether an act may say what stands in a row."""
    return not isinstance(row, User) or row.is_staff
