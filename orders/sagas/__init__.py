"""The orchestrated processes of orders, and the engine that runs them."""
