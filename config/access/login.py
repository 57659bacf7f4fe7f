"""The form with which staff sign in: name, password, and a code for those who have a device."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.validators import MaxLengthValidator
from django_otp import devices_for_user
from django_otp.forms import OTPAuthenticationFormMixin
from django_otp.models import Device
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget


class LoginForm(OTPAuthenticationFormMixin, AuthenticationForm):  # type: ignore[misc]  # neither ships types
    """Require a code from users with a device, and from all with ``STAFF_TOTP_REQUIRED``."""

    otp_error_messages = {  # noqa: RUF012 - as its parent has it
        **OTPAuthenticationFormMixin.otp_error_messages,
        "token_required": "Enter the code that your authenticator shows.",
        "device_required": "You have no authenticator yet: ask for one (manage.py totp enrol).",
    }

    otp_token = forms.CharField(
        label="Code",
        required=False,
        max_length=8,
        help_text="Of your authenticator, if you have one.",
        # The template shows this field outside its form.
        widget=UnfoldAdminTextInputWidget(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "form": "login-form",
            }
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Django only tells the browser; a longer text is no user's name, and fits no column.
        longest = User._meta.get_field("username").max_length  # noqa: SLF001 - Django's documented Model._meta API
        self.fields["username"].validators.append(MaxLengthValidator(longest))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        user = self.get_user()
        if user and (settings.STAFF_TOTP_REQUIRED or self._chosen_device(user)):
            self.clean_otp(user)
        return cleaned

    def _chosen_device(self, user: User) -> Device | None:
        """Return the one device that a user has."""
        return next(iter(devices_for_user(user)), None)

    def _update_form(self, user: User) -> None:
        """Offer no choice of devices, and do not send the password back."""
