"""Build a read model anew beside the live one, compare, and swap."""
