"""Money: payments, their ledger, and the gateways where money leaves the building."""
