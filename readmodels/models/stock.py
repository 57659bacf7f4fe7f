"""Stock levels, and the share of each booking in them."""

from django.db import models

from outbox.kit.rows.lean import LeanModel
from readmodels.models.folded import Folded


class StockBooking(Folded):
    """The share of one booking of stock in the levels."""

    booking_id = models.UUIDField(primary_key=True)
    moves = models.JSONField(default=list, help_text="SKU, and units on hand and reserved.")

    def __str__(self) -> str:
        return f"booking {self.booking_id}"


class StockLevel(LeanModel):
    """Units of one SKU: on hand, and reserved for orders."""

    sku = models.CharField(primary_key=True, max_length=40)
    on_hand = models.BigIntegerField()
    reserved = models.BigIntegerField()
    bookings = models.BigIntegerField(help_text="How often units were moved.")

    def __str__(self) -> str:
        return f"{self.sku}: {self.on_hand}"
