"""Admin pages of users and groups, which can be edited there.

Each change is recorded as an operator's act, in the transaction of the change, and a form that is
sent twice changes once. Users cannot be
deleted, since acts name them; an account that is not needed any more is made inactive.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import CharField
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from config.access.account_changes import changes_in
from config.access.account_names import name_on_record
from config.access.admin_tokens import IssuesTokens
from outbox.acts import record_act
from outbox.kit.admin.sent_once import ValidOnce
from outbox.kit.http.fields import one_line

if TYPE_CHECKING:
    from django import forms

# The page of a device would show its secret: manage.py totp enrols and removes devices.
for model in (User, Group, TOTPDevice):
    admin.site.unregister(model)


class AccountForm(UserChangeForm, ValidOnce):  # type: ignore[misc]  # unfold ships no types
    """Change an account."""


class NewAccountForm(UserCreationForm, ValidOnce):  # type: ignore[misc]  # unfold ships no types
    """Add an account."""


class NewPasswordForm(AdminPasswordChangeForm, ValidOnce):  # type: ignore[misc]  # unfold ships no types
    """Set the password of an account."""


class GroupForm(ModelForm, ValidOnce):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Add or change a group."""


class RecordsChanges:
    """Record an act of each change that a form makes."""

    change_form_before_template = "admin/submission.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Let a name be of one line, as everywhere."""
        field = super().formfield_for_dbfield(db_field, request, **options)  # type: ignore[misc]  # of ModelAdmin
        if isinstance(db_field, CharField) and field is not None:
            field.validators.append(one_line)
        return field

    def save_related(
        self,
        request: HttpRequest,
        form: "forms.ModelForm[Any]",
        formsets: Any,
        change: bool,  # noqa: FBT001 - likewise
    ) -> None:
        """Record what the form has changed; Django calls this in the transaction of the change."""
        super().save_related(request, form, formsets, change)  # type: ignore[misc]  # of ModelAdmin
        kind = form.instance._meta.verbose_name  # noqa: SLF001 - Django's documented Model._meta API
        _record(
            request,
            f"{'change' if change else 'add'} {kind}",
            form.instance,
            details=changes_in(form),
        )


@admin.register(User)
class Users(RecordsChanges, IssuesTokens, UserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]  # unfold ships no types
    form = AccountForm
    add_form = NewAccountForm
    change_password_form = NewPasswordForm
    change_user_password_template = "admin/set_password.html"  # noqa: S105 - a page

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - Django's signature
        form_url: str = "",
    ) -> HttpResponse:
        """Record that the password of an account was set."""
        with transaction.atomic():
            response: HttpResponse = super().user_change_password(request, id, form_url)
            if request.method == "POST" and response.status_code == 302:
                _record(request, "set password", User.objects.get(pk=id), details={})
        return response


@admin.register(Group)
class Groups(RecordsChanges, GroupAdmin, ModelAdmin):  # type: ignore[misc]  # likewise
    """Django's page, in this theme."""

    form = GroupForm
    fields = ("name", "permissions")


def _record(request: HttpRequest, verb: str, subject: Any, *, details: dict[str, Any]) -> None:
    record_act(
        actor=request.user.get_username(),
        verb=verb,
        subject=name_on_record(subject) if isinstance(subject, User) else str(subject),
        reason="in the admin",
        details=details,
    )
