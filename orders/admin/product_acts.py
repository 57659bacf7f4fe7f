"""The acts that keep products: offer, change, set a price, and import a list after its preview."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from orders import services
from orders.admin.list_imports import import_page
from orders.admin.product_forms import OfferForm, PriceForm, ProductForm
from orders.models import Product
from orders.services import product_lists
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
from outbox.kit.money import minor_units
from outbox.kit.skus import NoSku

KEPT = "Orders that are placed already keep their price."


class KeepsProducts(ReadOnlyAdmin):
    """Adds the acts to the pages of products."""

    actions_list: ClassVar[Sequence[str]] = ("offer_one", "import_list", "export_list")
    actions_detail: ClassVar[Sequence[str]] = ("change_product", "set_a_price")

    # Methods, since unfold looks a permission's name up in the database when it is checked.
    def has_offer_one_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return bool(request.user.has_perm("orders.add_product"))

    def has_change_product_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return bool(request.user.has_perm("orders.change_product"))

    def has_set_a_price_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return bool(request.user.has_perm("orders.add_productprice"))

    def has_lists_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return bool(request.user.has_perm("orders.import_products"))

    @action(description="Offer…", permissions=["offer_one"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def offer_one(self, request: HttpRequest) -> HttpResponse:
        def offer(price: Any, currency: str, **values: Any) -> Product:
            units = minor_units(price, currency)
            return services.offer_product(unit_price=units, currency=currency, **values)

        form = reason_form(request, OfferForm)
        return self._ask(request, form, "Offer a product", "Offer", offer)

    @action(description="Change…", permissions=["change_product"])  # type: ignore[untyped-decorator]  # likewise
    def change_product(self, request: HttpRequest, object_id: str) -> HttpResponse:
        product = row_of(request, self, object_id)

        def change(*, reason: str, actor: str, **changes: Any) -> Product:
            differing = {
                name: value for name, value in changes.items() if value != getattr(product, name)
            }
            return services.change_product(
                sku=product.sku, changes=differing, reason=reason, actor=actor
            )

        form = reason_form(request, ProductForm)
        names = [name for name in ProductForm.field_order if name != "reason"]
        form.initial = {name: getattr(product, name) for name in names}
        return self._ask(request, form, f"Change: {product}", "Change", change)

    @action(description="Set a price…", permissions=["set_a_price"])  # type: ignore[untyped-decorator]  # likewise
    def set_a_price(self, request: HttpRequest, object_id: str) -> HttpResponse:
        product: Product = row_of(request, self, object_id)

        def set_it(price: Any, currency: str, **values: Any) -> Product:
            units = None if price is None else minor_units(price, currency)
            services.set_price(sku=product.sku, currency=currency, unit_price=units, **values)
            return product

        form = reason_form(request, PriceForm)
        form.initial = {"currency": product.currency}
        return self._ask(request, form, f"Set a price: {product}", "Set the price", set_it)

    @action(description="Export", permissions=["lists"])  # type: ignore[untyped-decorator]  # likewise
    def export_list(self, _: HttpRequest) -> HttpResponse:
        return HttpResponse(
            "".join(product_lists.export_products()),
            content_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="products.csv"'},
        )

    @action(description="Import…", permissions=["lists"])  # type: ignore[untyped-decorator]  # likewise
    def import_list(self, request: HttpRequest) -> HttpResponse:
        """Show what a list would change; carry it out when the same list is sent again."""
        return import_page(
            request,
            self,
            plan_import=product_lists.plan_import,
            carry_out=product_lists.import_products,
            called=lambda each: each.sku,
        )

    def _ask(
        self,
        request: HttpRequest,
        form: ReasonForm,
        title: str,
        button: str,
        act: Callable[..., Product],
    ) -> HttpResponse:
        def carry_out() -> Done:
            product = act(**form.answers, actor=request.user.get_username())
            return Done(f"{product} is kept.", address_of(product))

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(title=title, consequences=[KEPT], button=button),
            carry_out=carry_out,
            refusals={
                services.ProductKnown: "sku",
                NoSku: "sku",
                services.NeverActive: "active_until",
                ValueError: "price",
            },
        ).answer(request, self)
