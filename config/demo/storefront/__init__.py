"""The demo's storefront: one page on the API, mounted by the demo's settings only."""
