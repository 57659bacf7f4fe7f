"""Many rows with one statement, and statements that travel together."""
