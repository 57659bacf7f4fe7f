"""Erase what config stores about a customer: the account, and answers to old requests."""

from typing import Any
from uuid import UUID

from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from config.models import ApiToken, IdempotencyKey

# The row stays, so that the key still prevents a second execution; its answer becomes empty.
_ANSWERS = """
UPDATE config_idempotencykey SET body = '{}'::bytea WHERE position(%s::bytea IN body) > 0
"""


def erase_elsewhere(
    *,
    customer_id: UUID,
    account: User | None,
    **_: Any,
) -> None:
    """Erase the account of a customer, unless it is staff, and answers that name either."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERS, [str(customer_id).encode()])
    if account is not None and not account.is_staff:
        _erase_account(account)


def _erase_account(account: User) -> None:
    IdempotencyKey.objects.filter(user=account).delete()
    ApiToken.objects.filter(user=account).delete()
    AccessAttempt.objects.filter(username=account.username).delete()
    account.username = f"erased-{account.pk}"
    account.first_name = account.last_name = account.email = ""
    account.is_active = False
    account.set_unusable_password()
    account.save()
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=str(account.pk)).update(
        object_repr=str(account), change_message=""
    )
