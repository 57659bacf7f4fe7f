"""The timeline of an order: everything that happened to it, and one sentence that says why."""
