"""Find rows that differ from the write model, and repair them."""
