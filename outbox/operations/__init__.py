"""What operators see and do: status, dead letters, redriving them."""
