"""URLs of messaging."""

from django.urls import path

from outbox.api.dead_letters import (
    DiscardDeadLetters,
    ListDeadLetters,
    RedriveDeadLetters,
    ShowStatus,
)
from outbox.api.webhook_acts import (
    PauseWebhookEndpoint,
    PingWebhookEndpoint,
    RemoveWebhookEndpoint,
    ReplaceWebhookSecret,
    ResumeWebhookEndpoint,
)
from outbox.api.webhook_endpoints import OneWebhookEndpoint, WebhookAttempts, WebhookEndpoints
from outbox.api.webhook_resends import StopWebhookResend, WebhookResends

ENDPOINTS = "operations/webhook-endpoints"
ENDPOINT = f"{ENDPOINTS}/<str:name>"

urlpatterns = [
    path("operations/status", ShowStatus.as_view(), name="status"),
    path("operations/dead-letters", ListDeadLetters.as_view(), name="dead-letters"),
    path(
        "operations/dead-letters/redrive",
        RedriveDeadLetters.as_view(),
        name="redrive-dead-letters",
    ),
    path(
        "operations/dead-letters/discard",
        DiscardDeadLetters.as_view(),
        name="discard-dead-letters",
    ),
    path(ENDPOINTS, WebhookEndpoints.as_view(), name="webhook-endpoints"),
    path(ENDPOINT, OneWebhookEndpoint.as_view(), name="webhook-endpoint"),
    path(f"{ENDPOINT}/attempts", WebhookAttempts.as_view(), name="webhook-attempts"),
    path(f"{ENDPOINT}/resends", WebhookResends.as_view(), name="webhook-resends"),
    path(
        "operations/webhook-resends/<uuid:resend_id>/stop",
        StopWebhookResend.as_view(),
        name="stop-webhook-resend",
    ),
    path(f"{ENDPOINT}/secret", ReplaceWebhookSecret.as_view(), name="replace-webhook-secret"),
    path(f"{ENDPOINT}/ping", PingWebhookEndpoint.as_view(), name="ping-webhook-endpoint"),
    path(f"{ENDPOINT}/pause", PauseWebhookEndpoint.as_view(), name="pause-webhook-endpoint"),
    path(f"{ENDPOINT}/resume", ResumeWebhookEndpoint.as_view(), name="resume-webhook-endpoint"),
    path(f"{ENDPOINT}/remove", RemoveWebhookEndpoint.as_view(), name="remove-webhook-endpoint"),
]
