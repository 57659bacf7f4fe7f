"""The acts that keep rates: add, change and remove, each with its own permission."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action

from orders.services import rates
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.links import address_of
from outbox.kit.admin.pages import ReadOnlyAdmin


class KeepsRates(ReadOnlyAdmin):
    """Adds the acts "Add", "Change" and "Remove" to the pages of rates."""

    actions_list: ClassVar[Sequence[str]] = ("add_one",)
    actions_detail: ClassVar[Sequence[str]] = ("change_it", "remove_it")
    form_of_rates: ClassVar[type[ReasonForm]]

    # Methods, since unfold looks a permission's name up in the database when it is checked.
    def has_add_one_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return self._may(request, "add")

    def has_change_it_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return self._may(request, "change")

    def has_remove_it_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return self._may(request, "delete")

    def _may(self, request: HttpRequest, what: str) -> bool:
        name = f"{self.opts.app_label}.{what}_{self.opts.model_name}"
        return bool(request.user.has_perm(name))

    def shown(self, rate: Any) -> Mapping[str, Any]:
        """Return a rate's values as its form shows them."""
        return {name: getattr(rate, name) for name in self._names()}

    def read(self, answers: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the values that a form says.

        :raises ValueError: an amount is none of its currency.
        """
        return {name: answers[name] for name in self._names()}

    def _names(self) -> Sequence[str]:
        return [name for name in self.form_of_rates.field_order or () if name != "reason"]

    @action(description="Add…", permissions=["add_one"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def add_one(self, request: HttpRequest) -> HttpResponse:
        def add(values: Mapping[str, Any], **why: str) -> Done:
            rate = rates.add_rate(self.model, values=values, **why)
            return Done(f"Added: {rate}.", address_of(rate))

        form = reason_form(request, self.form_of_rates)
        return self._ask(request, form, f"Add: {self.opts.verbose_name}", "Add", add)

    @action(description="Change…", permissions=["change_it"])  # type: ignore[untyped-decorator]  # likewise
    def change_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rate = row_of(request, self, object_id)

        def change(values: Mapping[str, Any], **why: str) -> Done:
            changed = rates.change_rate(self.model, rate_id=rate.pk, values=values, **why)
            return Done(f"Changed: {changed}.", address_of(changed))

        form = reason_form(request, self.form_of_rates)
        form.initial = dict(self.shown(rate))
        return self._ask(request, form, f"Change: {rate}", "Change", change)

    @action(description="Remove…", permissions=["remove_it"])  # type: ignore[untyped-decorator]  # likewise
    def remove_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rate = row_of(request, self, object_id)
        form = reason_form(request)

        def remove(_: Mapping[str, Any], **why: str) -> Done:
            rates.remove_rate(self.model, rate_id=rate.pk, **why)
            listed = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
            return Done(f"Removed: {rate}.", listed)

        return self._ask(request, form, f"Remove: {rate}", "Remove", remove)

    def _ask(
        self,
        request: HttpRequest,
        form: ReasonForm,
        title: str,
        button: str,
        act: Callable[..., Done],
    ) -> HttpResponse:
        def carry_out() -> Done:
            answers = form.answers
            values = self.read(answers) if isinstance(form, self.form_of_rates) else {}
            return act(values, reason=answers["reason"], actor=request.user.get_username())

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title=title,
                consequences=[
                    "Orders that are placed from now on take it; quotes and orders keep theirs."
                ],
                button=button,
                dangerous=button == "Remove",
            ),
            carry_out=carry_out,
            refusals={rates.RateKnown: "country", ValueError: "reason"},
        ).answer(request, self)
