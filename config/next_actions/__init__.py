"""What customers have to do, which needs orders for the owner and payments for the secret."""
