"""Forms of the acts on webhook endpoints."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
)

from outbox.kit.admin.confirmation import ReasonForm
from outbox.kit.admin.form_fields import LineField
from outbox.models.endpoints import LONGEST_NAME, LONGEST_URL
from outbox.webhooks.endpoints import USUAL_EVENTS, events_to_choose
from outbox.webhooks.signing_secrets import LONGEST_OVERLAP, USUAL_OVERLAP


def _choices() -> list[tuple[str, str]]:
    return [(name, name) for name in events_to_choose()]


class EndpointForm(ReasonForm):
    field_order: Any = ("url", "events", "reason")
    url = LineField(max_length=LONGEST_URL, help_text="https://host/path")
    events = forms.MultipleChoiceField(
        choices=_choices,
        initial=USUAL_EVENTS,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="OrderPlaced contains the gateway's token of the card.",
    )


class NewEndpointForm(EndpointForm):
    field_order: Any = ("name", "url", "events", "reason")
    name = LineField(
        max_length=LONGEST_NAME,
        help_text="Small letters, digits and underscores; it stays taken for ever.",
    )


class ResendForm(ReasonForm):
    field_order: Any = ("since", "until", "reason")
    since = forms.DateTimeField(
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        help_text="UTC. Events recorded from then on.",
    )
    until = forms.DateTimeField(
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        help_text="UTC. And before then; now, if left empty.",
    )


class ReplaceSecretForm(ReasonForm):
    field_order: Any = ("overlap_hours", "reason")
    overlap_hours = forms.IntegerField(
        min_value=0,
        max_value=LONGEST_OVERLAP,
        initial=USUAL_OVERLAP,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="How long the old secret signs as well; 0 if it has leaked.",
    )
