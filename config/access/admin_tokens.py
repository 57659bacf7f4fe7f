"""Admin pages of API tokens: issue one, for a user or a storefront, show it once, revoke it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminIntegerFieldWidget

from config.access.scopes import SCOPES
from config.access.tokens import TokenNotIssued, issue_service_token, issue_token, revoke_token
from config.models import ApiToken
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.form_fields import LineField
from outbox.kit.admin.links import address_of, page
from outbox.kit.admin.pages import ReadOnlyAdmin
from outbox.kit.admin.showing_once import show_once

LONGEST_DAYS = 3650
COPY_IT = "Copy it now: it is not shown again, and only its digest is stored."


class NewTokenForm(ReasonForm):
    field_order: Any = ("name", "days", "reason")
    name = LineField(max_length=80, help_text="What it is for.")
    days = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_DAYS,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="How long it is valid; API_TOKEN_DAYS if left empty.",
    )


class NewServiceTokenForm(NewTokenForm):
    field_order: Any = ("name", "scopes", "days", "reason")
    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{scope}: {what}") for scope, what in sorted(SCOPES.items())],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


class IssuesTokens:
    """An action for the page of one user."""

    actions_detail: ClassVar[Sequence[str]] = ("issue_token",)

    def has_issue_token_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("config.issue_token")

    @action(description="Issue an API token…", permissions=["issue_token"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def issue_token(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for its purpose and a reason; show the token once the form is sent."""
        user = row_of(request, self, object_id)
        form = reason_form(request, NewTokenForm)

        def issue() -> HttpResponse:
            secret = issue_token(user, **form.answers, actor=request.user.get_username())
            return show_once(
                request,
                self,
                title=f"API token of {user}",
                note=COPY_IT,
                secret=secret,
            )

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title=f"Issue an API token: {user}",
                consequences=[
                    f"The holder of the token may do through the API what {user} may do.",
                    "It is shown once, on the next page, and not stored.",
                ],
                button="Issue",
            ),
            carry_out=issue,
            refusals={TokenNotIssued: "name"},
        ).answer(request, self)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    search_texts = ("user__username",)
    search_help_text = "The whole of a user name"
    list_display = ("name", "whose", "opens", "standing", "created_at")
    list_select_related = ("user",)
    fields = (("name", "whose", "standing"), "scopes", ("created_at", "expires_at", "revoked_at"))
    actions_list: ClassVar[Sequence[str]] = ("issue_for_service",)
    actions_detail: ClassVar[Sequence[str]] = ("revoke",)

    @admin.display(description="user")
    def whose(self, token: ApiToken) -> SafeString:
        return page("auth_user", token.user_id, token.user)

    @admin.display(description="may do")
    def opens(self, token: ApiToken) -> str:
        return ", ".join(token.scopes) or "what its user may"

    def has_issue_for_service_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("config.issue_token")

    @action(description="Issue a service token…", permissions=["issue_for_service"])  # type: ignore[untyped-decorator]  # likewise
    def issue_for_service(self: Any, request: HttpRequest) -> HttpResponse:
        """Ask for its scopes, purpose and a reason; show the token once the form is sent."""
        form = reason_form(request, NewServiceTokenForm)

        def issue() -> HttpResponse:
            actor = request.user.get_username()
            token, secret = issue_service_token(**form.answers, actor=actor)
            title = f"Service token: {token.name}"
            return show_once(request, self, title=title, note=COPY_IT, secret=secret)

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title="Issue a service token",
                consequences=[
                    "The server of a storefront acts with it for any customer, within its scopes.",
                    "It is shown once, on the next page, and not stored.",
                ],
                button="Issue",
            ),
            carry_out=issue,
        ).answer(request, self)

    def has_revoke_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("config.revoke_token")

    @action(description="Revoke…", permissions=["revoke"])  # type: ignore[untyped-decorator]  # likewise
    def revoke(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the consequences and ask for a reason; revoke once the form is sent."""
        token = row_of(request, self, object_id)
        form = reason_form(request)

        def revoke() -> Done:
            revoke_token(token.pk, **form.answers, actor=request.user.get_username())
            return Done(f"Revoked: {token}.", address_of(token))

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title=f"Revoke: {token}",
                consequences=["Programs that use it are refused from now on; this is final."],
                button="Revoke",
                dangerous=True,
            ),
            carry_out=revoke,
        ).answer(request, self)
