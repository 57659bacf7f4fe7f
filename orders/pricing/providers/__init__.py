"""Price providers: what each adds to an order for shipping and tax."""
