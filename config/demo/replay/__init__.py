"""Real orders from files: checked as a whole, then placed through the services."""
