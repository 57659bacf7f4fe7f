"""Admin pages: read-only lists, links between pages, and confirming acts."""
