"""Record what operators do: one row per privileged act, in the transaction of the act."""

import getpass
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from outbox.models import OperatorAct


class ReasonMissing(ValueError):
    """An operator's act needs a reason."""


class ActOutsideTransaction(Exception):
    """An act was recorded outside a transaction; it needs that of its effect."""


def record_act(  # noqa: PLR0913 - the columns of a row
    *,
    actor: str,
    verb: str,
    subject: str,
    reason: str,
    correlation_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> OperatorAct:
    """Record an act; it exists if and only if the caller's transaction commits.

    :param actor: a user name; for a command, :func:`shell_operator`.
    :param subject: what it was done to, as an operator would search for it.
    :raises ReasonMissing: the reason is empty.
    :raises ActOutsideTransaction: no ``transaction.atomic()`` is open.
    """
    if not reason.strip():
        raise ReasonMissing(f"{verb} {subject}: give a reason")
    if not connection.in_atomic_block:
        raise ActOutsideTransaction(f"{verb} was recorded outside transaction.atomic()")
    return OperatorAct.objects.create(
        actor=actor,
        verb=verb,
        subject=subject[:200],
        correlation_id=correlation_id,
        reason=reason.strip()[:500],
        details=dict(details or {}),
    )


def shell_operator() -> str:
    """Return ``shell:`` and the name of the operating system's user, for commands."""
    return f"shell:{getpass.getuser()}"
