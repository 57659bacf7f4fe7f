"""Name accounts in records that are never erased: staff by user name, customers by number.

A customer may ask to be erased, and an act cannot be changed.
"""

from typing import Any

from django.contrib.auth.models import User


def name_on_record(account: User) -> str:
    """Return the name under which an act records an account."""
    return account.get_username() if account.is_staff else f"user {account.pk}"


def may_be_named(row: Any) -> bool:
    """Tell whether an act may record the values of a row."""
    return not isinstance(row, User) or row.is_staff
