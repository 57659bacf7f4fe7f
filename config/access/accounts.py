"""Admin pages of accounts, the only ones that are not read-only: somebody has to admit people.

Each change is an operators' act, in its own transaction. Nobody is deleted: acts name people, and
who may no longer get in is made inactive.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import CharField
from django.http import HttpRequest, HttpResponse
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from config.access.account_changes import changes_in
from config.access.account_names import name_on_record
from config.access.admin_tokens import IssuesTokens
from outbox.acts import record_act
from outbox.kit.http.fields import ONE_LINE

if TYPE_CHECKING:
    from django import forms

# The page of a device would show its secret: manage.py totp gives and takes them.
for model in (User, Group, TOTPDevice):
    admin.site.unregister(model)


class OnRecord:
    """Leaves an act of each change that a form makes."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Let a name be of one line, as everywhere."""
        field = super().formfield_for_dbfield(db_field, request, **options)  # type: ignore[misc]  # of ModelAdmin
        if isinstance(db_field, CharField) and field is not None:
            field.validators.append(ONE_LINE)
        return field

    def save_related(
        self,
        request: HttpRequest,
        form: "forms.ModelForm[Any]",
        formsets: Any,
        change: bool,  # noqa: FBT001 - likewise
    ) -> None:
        """Record what the form has changed; Django calls this in the change's transaction."""
        super().save_related(request, form, formsets, change)  # type: ignore[misc]  # of ModelAdmin
        kind = form.instance._meta.verbose_name  # noqa: SLF001 - Django's documented Model._meta API
        _record(
            request,
            f"{'change' if change else 'add'} {kind}",
            form.instance,
            details=changes_in(form),
        )


@admin.register(User)
class Users(OnRecord, IssuesTokens, UserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]  # unfold ships no types
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - Django's signature
        form_url: str = "",
    ) -> HttpResponse:
        """Record that somebody set the password of an account."""
        with transaction.atomic():
            response: HttpResponse = super().user_change_password(request, id, form_url)
            if request.method == "POST" and response.status_code == 302:
                _record(request, "set password", User.objects.get(pk=id), details={})
        return response


@admin.register(Group)
class Groups(OnRecord, GroupAdmin, ModelAdmin):  # type: ignore[misc]  # likewise
    """Django's page, in this theme."""


def _record(request: HttpRequest, verb: str, subject: Any, *, details: dict[str, Any]) -> None:
    record_act(
        actor=request.user.get_username(),
        verb=verb,
        subject=name_on_record(subject) if isinstance(subject, User) else str(subject),
        reason="in the admin",
        details=details,
    )
