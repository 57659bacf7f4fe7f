"""The timeline of an order: what happened to it, and one sentence that says why."""
