"""The operator's console: the first page of the admin, and what it is made of."""
