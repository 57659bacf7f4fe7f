"""Letters to customers: which event sends which, and what it says in each language."""
