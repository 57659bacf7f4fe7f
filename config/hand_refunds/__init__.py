"""Hand refunds, which need orders for the limit and payments for the ledger."""
