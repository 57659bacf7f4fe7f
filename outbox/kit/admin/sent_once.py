"""Forms of the admin that are carried out once, however often they are sent."""

from typing import Any
from uuid import uuid4

from django import forms

from outbox.kit.admin.submissions import Submission


class SentAlready(Exception):
    """This form was sent before, and done once: reload the page to do it again."""


class SubmissionField(forms.UUIDField):
    """The id of a form. It is never one of the changes that the form makes."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:  # noqa: ARG002 - Django's signature
        return False


class SentOnce(forms.Form):
    """A form that can be marked as carried out.

    :ivar submission: the id of this form.
    """

    submission = SubmissionField(initial=uuid4)

    def spend(self) -> None:
        """Mark this form as carried out.

        :raises SentAlready: it was carried out before.
        """
        _, is_new = Submission.objects.get_or_create(pk=self.cleaned_data["submission"])
        if not is_new:
            raise SentAlready(SentAlready.__doc__)


class ValidOnce(SentOnce):
    """A form of Django's own pages: its first validation that succeeds marks it as carried out.

    Django validates it in the transaction that carries it out.
    """

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and not self.errors:
            try:
                self.spend()
            except SentAlready as refusal:
                self.add_error(None, str(refusal))
