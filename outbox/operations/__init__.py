"""What operators see and do: status, receipts, dead letters, redrive."""
