"""Replace the secret of an endpoint: an operator's act."""

from django.db import transaction

from outbox.kit.secret import Secret
from outbox.webhooks.endpoints import record_keeping, standing_endpoint
from outbox.webhooks.signing_secrets import USUAL_OVERLAP, replace_secrets


@transaction.atomic
def replace_secret(
    *, name: str, overlap_hours: int = USUAL_OVERLAP, reason: str, actor: str
) -> Secret:
    """Give an endpoint a new secret; those it has sign as well for some hours.

    :param overlap_hours: 0 if the others are to sign nothing more, as one has leaked.
    :returns: the new secret, which nothing shows again.
    :raises WebhookEndpoint.DoesNotExist: there is none of this name.
    :raises TooManySecrets: too many would sign at a time.
    :raises KeysMissing: the secret cannot be stored.
    :raises ReasonMissing: no reason is given.
    """
    endpoint = standing_endpoint(name)
    secret = replace_secrets(endpoint, overlap_hours=overlap_hours)
    details = {"overlap_hours": overlap_hours}
    record_keeping("replace webhook secret", endpoint, actor, reason, details)
    return secret
