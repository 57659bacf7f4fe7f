"""The orchestrated processes of an order, and the engine that runs them."""
