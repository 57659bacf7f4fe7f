"""Check on a live database what must hold across all contexts."""
