"""What staff do to a webhook endpoint: actions for the page of one; each asks for a reason."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from outbox.admin.webhook_forms import EndpointForm, ReplaceSecretForm, ResendForm
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.links import address_of
from outbox.kit.admin.showing_once import show_once
from outbox.models import WebhookEndpoint
from outbox.webhooks import endpoints, pausing, signing_secrets
from outbox.webhooks.pinging import ping_endpoint
from outbox.webhooks.resending import ResendRefused, start_resend
from outbox.webhooks.rotating import replace_secret

NOTE = "Give it to the receiver now: it is not shown again, and stored encrypted only."

REFUSALS: dict[type[Exception], str] = {
    endpoints.EndpointKnown: "name",
    endpoints.EndpointNameRefused: "name",
    endpoints.EndpointUrlRefused: "url",
    endpoints.EndpointEventsRefused: "events",
    pausing.NotPausable: "reason",
    signing_secrets.KeysMissing: "reason",
    signing_secrets.SecretUnreadable: "reason",
    signing_secrets.TooManySecrets: "overlap_hours",
    ResendRefused: "since",
    WebhookEndpoint.DoesNotExist: "reason",
}
"""By exception, the field of the form that shows it."""


class ActsOnEndpoint:
    """Actions for the page of one endpoint."""

    actions_detail: ClassVar[Sequence[str]] = (
        "ping",
        "change_endpoint",
        "replace_secret",
        "pause",
        "resume",
        "resend",
        "remove",
    )

    def has_keep_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("outbox.keep_webhookendpoint")

    @action(description="Send a test…", url_path="ping", permissions=["keep"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def ping(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def ping(**answers: Any) -> str:
            made = ping_endpoint(**answers)
            answered = made.status or f"nothing ({made.excerpt})"
            return f"{answers['name']} answered {answered} after {made.milliseconds} ms."

        said = "A webhook of the type ping is sent, even if the endpoint is paused."
        # It may take seconds, in which no transaction is open.
        return _answer(self, request, object_id, "Send a test to", said, ping, at_once=False)

    @action(description="Change…", url_path="change-endpoint", permissions=["keep"])  # type: ignore[untyped-decorator]  # likewise
    def change_endpoint(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def change(*, name: str, reason: str, actor: str, **changes: Any) -> str:
            endpoints.change_endpoint(name=name, changes=changes, reason=reason, actor=actor)
            return f"Changed: {name}."

        said = "What it is owed goes to this address. Events without a tick are not sent to it."
        return _answer(self, request, object_id, "Change", said, change, form=EndpointForm)

    @action(description="Replace the secret…", url_path="secret", permissions=["keep"])  # type: ignore[untyped-decorator]  # likewise
    def replace_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def replace(**answers: Any) -> HttpResponse:
            secret = replace_secret(**answers)
            title = f"New secret of {answers['name']}"
            return show_once(request, cast("Any", self), title=title, note=NOTE, secret=str(secret))

        said = "The new secret is shown once. The old one signs as well for some hours."
        verb = "Replace the secret of"
        return _answer(self, request, object_id, verb, said, replace, form=ReplaceSecretForm)

    @action(description="Pause…", url_path="pause", permissions=["keep"])  # type: ignore[untyped-decorator]  # likewise
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def pause(**answers: Any) -> str:
            return f"Paused: {pausing.pause_endpoint(**answers)}."

        said = "Nothing more is sent to it. What it is owed is kept, and what comes meanwhile."
        return _answer(self, request, object_id, "Pause", said, pause)

    @action(description="Resume…", url_path="resume", permissions=["keep"])  # type: ignore[untyped-decorator]  # likewise
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def resume(**answers: Any) -> str:
            return f"Resumed: {pausing.resume_endpoint(**answers)}."

        said = "It is sent what it is owed, in order per order. Dead letters stay: redrive them."
        return _answer(self, request, object_id, "Resume", said, resume)

    @action(description="Send again…", url_path="resend", permissions=["keep"])  # type: ignore[untyped-decorator]  # likewise
    def resend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def resend(**answers: Any) -> str:
            return f"Sent again: {start_resend(**answers)}. See the list of ranges."

        said = (
            "Workers send it the events of this time that it receives, whether sent before or not."
        )
        return _answer(self, request, object_id, "Send again to", said, resend, form=ResendForm)

    @action(description="Remove…", url_path="remove", permissions=["keep"])  # type: ignore[untyped-decorator]  # likewise
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def remove(**answers: Any) -> str:
            return f"Removed: {endpoints.remove_endpoint(**answers)}."

        said = "What it is owed is given up; this is final. Its name stays taken."
        return _answer(self, request, object_id, "Remove", said, remove, dangerous=True)


def _answer(  # noqa: PLR0913, PLR0917 - what differs between the acts
    page: Any,
    request: HttpRequest,
    object_id: str,
    verb: str,
    consequence: str,
    act: Callable[..., str | HttpResponse],
    *,
    form: type[ReasonForm] = ReasonForm,
    at_once: bool = True,
    dangerous: bool = False,
) -> HttpResponse:
    """Show what an act means and ask for the reason; carry it out once the form is sent.

    :param act: returns what was done, in a sentence, or a page of its own.
    :param at_once: whether the act and the end of its form commit together.
    """
    endpoint = row_of(request, page, object_id)
    filled = reason_form(request, form)
    if not filled.is_bound:
        filled.initial = {"url": endpoint.url, "events": endpoint.events}

    def carry_out() -> Done | HttpResponse:
        actor = request.user.get_username()
        done = act(name=endpoint.name, actor=actor, **filled.answers)
        return Done(done, address_of(endpoint)) if isinstance(done, str) else done

    return ConfirmedAct(
        form=filled,
        describe=lambda: Confirmation(
            title=f"{verb} {endpoint}",
            consequences=[consequence],
            button=verb.split(maxsplit=1)[0],
            dangerous=dangerous,
        ),
        carry_out=carry_out,
        refusals=REFUSALS,
        in_one_transaction=at_once,
    ).answer(request, page)
