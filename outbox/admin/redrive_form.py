"""The form that begins a redrive: how many together, how fast, and when to stop."""

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from outbox.kit.admin.confirmation import ReasonForm
from outbox.models import Pace


class RedriveForm(ReasonForm):
    field_order = ("pace", "per_minute", "most_failing", "reason")
    pace = forms.ChoiceField(
        label="How many together",
        choices=Pace.choices,
        initial=Pace.RAMP,
        widget=UnfoldAdminSelectWidget,
    )
    per_minute = forms.IntegerField(
        label="At most per minute",
        min_value=1,
        max_value=1_000_000,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Empty means as fast as workers try them.",
    )
    most_failing = forms.IntegerField(
        label="Stop when more of a hundred fail again than",
        min_value=0,
        max_value=100,
        initial=10,
        widget=UnfoldAdminIntegerFieldWidget,
    )
