"""The API of orders: each view validates, calls one service, and renders the answer."""
