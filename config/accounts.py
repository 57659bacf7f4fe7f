"""Admin pages of accounts, the only ones that are not read-only: somebody has to admit people."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from config.admin_tokens import IssuesTokens

# The page of a device would show its secret: manage.py totp gives and takes them.
for model in (User, Group, TOTPDevice):
    admin.site.unregister(model)


@admin.register(User)
class Users(IssuesTokens, UserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]  # unfold ships no types
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class Groups(GroupAdmin, ModelAdmin):  # type: ignore[misc]  # likewise
    """Django's page, in this theme."""
