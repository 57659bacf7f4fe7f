"""Run a flow in a transaction that is rolled back, with replies that an operator chooses."""
