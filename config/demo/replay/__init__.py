"""Real orders from files: read and checked whole, then placed through the services' front doors."""
