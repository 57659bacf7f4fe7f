"""The API of orders: each view reads the request, calls one service, and writes the response."""
