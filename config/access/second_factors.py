"""The second factor of staff: a device that shows a code (TOTP, RFC 6238), one per person."""

from django.contrib.auth.models import User
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from config.access.account_names import name_on_record
from outbox.acts import record_act


@transaction.atomic
def enrol(user: User, *, reason: str, actor: str) -> str:
    """Replace a user's device, and return the address that an authenticator reads.

    :raises ReasonMissing: the reason is empty.
    """
    TOTPDevice.objects.filter(user=user).delete()
    device = TOTPDevice.objects.create(user=user, name="authenticator", confirmed=True)
    record_act(actor=actor, verb="enrol second factor", subject=name_on_record(user), reason=reason)
    return str(device.config_url)


@transaction.atomic
def remove(user: User, *, reason: str, actor: str) -> bool:
    """Remove a user's device; tell whether there was one.

    :raises ReasonMissing: the reason is empty.
    """
    removed, _ = TOTPDevice.objects.filter(user=user).delete()
    if removed:
        record_act(
            actor=actor, verb="remove second factor", subject=name_on_record(user), reason=reason
        )
    return bool(removed)
