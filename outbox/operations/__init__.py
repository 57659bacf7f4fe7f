"""What operators see and do: status, receipts, dead letters and redriving them."""
