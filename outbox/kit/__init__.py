"""Shared ground that knows no message: money, texts, rows, requests and admin pages."""
