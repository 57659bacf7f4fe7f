"""The audit: what must hold across all contexts, asked of a live database."""
