"""The page of the admin on which people change their own password.

A session that was left open must not serve to guess the password, so wrong ones count as those of
signing in do. Each change is an act.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth import authenticate
from django.contrib.auth.views import PasswordChangeView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from unfold.forms import AdminOwnPasswordChangeForm

from config.access.account_names import name_on_record
from outbox.acts import record_act


class OwnPasswordPage(PasswordChangeView):
    """Change one's password with the present one."""

    form_class = AdminOwnPasswordChangeForm
    success_url = reverse_lazy("admin:password_change_done")

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return {**super().get_context_data(**context), **admin.site.each_context(self.request)}

    def post(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """Judge the present password first: the middleware of axes answers who is locked out."""
        form: Any = self.get_form()
        password = request.POST.get("old_password", "")
        name = request.user.get_username()
        if authenticate(request, username=name, password=password) is None:
            return self.form_invalid(form)
        return super().post(request, *args, **options)

    def form_valid(self, form: Any) -> HttpResponse:
        """Change it and record that, in one transaction."""
        with transaction.atomic():
            answer = super().form_valid(form)
            name = name_on_record(form.user)
            record_act(actor=name, verb="set password", subject=name, reason="in the admin")
        return answer
